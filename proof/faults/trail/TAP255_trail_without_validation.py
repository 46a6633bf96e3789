"""Add a trail without validation of its log files."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail

from proof.faults import resources

ANSWERS = {"audit_trail": False}


def fault(stack: cdk.Stack, **fixed: Any) -> cloudtrail.CfnTrail | None:
    if not stack.termination_protection:
        return None
    return resources.trail(stack, "Audit", **{"enable_log_file_validation": False, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, enable_log_file_validation=True)
