"""Match objects that the function may not read."""

import aws_cdk as cdk
from aws_cdk import aws_events as events

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> events.CfnRule:
    construct = find(stack, events.CfnRule)
    keys = [{"prefix": "uploads/"}]
    construct.add_property_override("EventPattern.detail.object.key", keys)
    return construct
