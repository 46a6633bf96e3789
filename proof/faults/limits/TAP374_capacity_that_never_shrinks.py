"""Let capacity grow only."""

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling

from proof.faults.tree import find

ANSWERS = {"billing_mode": "provisioned"}
TRACKING = "TargetTrackingScalingPolicyConfiguration"


def fault(stack: cdk.Stack) -> autoscaling.CfnScalingPolicy:
    construct = find(stack, autoscaling.CfnScalingPolicy)
    construct.add_property_override(f"{TRACKING}.DisableScaleIn", True)
    return construct


def fault_target(stack: cdk.Stack) -> autoscaling.CfnScalingPolicy:
    """Let capacity grow when all of it is used."""
    construct = find(stack, autoscaling.CfnScalingPolicy)
    construct.add_property_override(f"{TRACKING}.TargetValue", 100)
    return construct
