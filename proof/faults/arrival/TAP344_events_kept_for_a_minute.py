"""Drop events after a minute, without a retry."""

import aws_cdk as cdk
from aws_cdk import aws_events as events

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> events.CfnRule:
    construct = find(stack, events.CfnRule)
    policy = {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    construct.add_property_override("Targets.0.RetryPolicy", policy)
    return construct
