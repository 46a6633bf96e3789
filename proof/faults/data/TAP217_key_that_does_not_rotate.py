"""Add a key that does not rotate."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> kms.Key:
    return resources.key(stack, "OrdersKey", **{"enable_key_rotation": False, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, enable_key_rotation=True)
