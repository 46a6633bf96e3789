"""Match an event that S3 does not send."""

import aws_cdk as cdk
from aws_cdk import aws_events as events

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> events.CfnRule:
    construct = find(stack, events.CfnRule)
    construct.add_property_override("EventPattern.detail-type", ["Object Removed"])
    return construct


def fault_source(stack: cdk.Stack) -> events.CfnRule:
    """Match the events of another source."""
    construct = find(stack, events.CfnRule)
    construct.add_property_override("EventPattern.source", ["aws.s4"])
    return construct


def fault_targets(stack: cdk.Stack) -> events.CfnRule:
    """Remove the target of a rule."""
    construct = find(stack, events.CfnRule)
    construct.targets = None
    return construct
