"""Add a trail of all regions."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail

from proof.faults import resources

ANSWERS = {"audit_trail": False}


def fault(stack: cdk.Stack, **fixed: Any) -> cloudtrail.CfnTrail | None:
    if not stack.termination_protection:
        return None
    return resources.trail(stack, "Audit", **{"is_multi_region_trail": True, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, include_global_service_events=False, is_multi_region_trail=False)
