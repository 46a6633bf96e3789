"""Subscribe to alarms of an attribute that they don't have."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> sns.CfnSubscription:
    subscription = find(stack, sns.CfnSubscription)
    subscription.filter_policy = {"severity": ["critical"]}
    return subscription


def fault_body(stack: cdk.Stack) -> sns.CfnSubscription:
    """Subscribe to alarms by a field that they don't have."""
    subscription = fault(stack)
    subscription.filter_policy_scope = "MessageBody"
    return subscription
