"""Let capacity stay where it is."""

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling

from proof.faults.tree import find

ANSWERS = {"billing_mode": "provisioned"}
ALSO = {"TAP121"}


def fault(stack: cdk.Stack) -> autoscaling.CfnScalableTarget:
    construct = find(stack, autoscaling.CfnScalableTarget)
    construct.max_capacity = construct.min_capacity
    return construct
