"""Invoke the worker for every object, not only for those under its prefix."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find, own_function

PATTERN = "EventPattern.detail"


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    find(stack, events.CfnRule).add_property_deletion_override(f"{PATTERN}.object")
    return own_function(stack, "worker.handler")


def fix(stack: cdk.Stack) -> None:
    fault(stack)
    rule = find(stack, events.CfnRule)
    rule.add_property_override(PATTERN, {"object": {"key": [{"prefix": "incoming/"}]}})
