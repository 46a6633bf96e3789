"""Send a constant instead of the event."""

import aws_cdk as cdk
from aws_cdk import aws_events as events

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> events.CfnRule:
    construct = find(stack, events.CfnRule)
    construct.add_property_override("Targets.0.Input", "{}")
    return construct
