"""Share a resource with an organization, and allow accounts outside of it."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ram as ram


def fault(stack: cdk.Stack, **fixed: Any) -> ram.CfnResourceShare:
    organization = stack.format_arn(
        service="organizations", region="", resource="organization", resource_name="o-a1b2c3d4e5"
    )
    return ram.CfnResourceShare(stack, "Share", name="orders", principals=[organization], **fixed)


def fix(stack: cdk.Stack) -> None:
    fault(stack, allow_external_principals=False)


def fault_account(stack: cdk.Stack) -> ram.CfnResourceShare:
    """Share a resource with another account."""
    return ram.CfnResourceShare(stack, "Share", name="orders", principals=["444455556666"])
