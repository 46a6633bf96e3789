"""Add a stack without tags, whose resources are not tagged."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from proof.faults import resources
from proof.faults.tree import app_of

ALSO = {"TAP602"}


def fault(stack: cdk.Stack, **fixed: Any) -> kms.Key:
    more = cdk.Stack(app_of(stack), f"{stack.stack_name}-more", **fixed)
    return resources.key(more, "Key")


def fix(stack: cdk.Stack) -> None:
    fault(stack, tags={"Project": "orders", "Owner": "platform-team", "Environment": "dev"})
