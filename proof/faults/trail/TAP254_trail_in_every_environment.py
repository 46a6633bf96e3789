"""Add a trail to each environment."""

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail

from proof.faults import resources

ANSWERS = {"audit_trail": False}


def fault(stack: cdk.Stack) -> cloudtrail.CfnTrail | None:
    trail = resources.trail(stack, "Audit")
    return None if stack.termination_protection else trail


def fix(stack: cdk.Stack) -> None:
    if stack.termination_protection:
        fault(stack)
