"""Disable an event rule."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> events.CfnRule:
    construct = find(stack, events.CfnRule)
    construct.state = "DISABLED"
    return construct


def fault_mapping(stack: cdk.Stack) -> lambda_.CfnEventSourceMapping:
    """Disable an event source."""
    mapping = find(stack, lambda_.CfnEventSourceMapping)
    mapping.enabled = False
    return mapping
