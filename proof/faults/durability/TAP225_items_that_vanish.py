"""Delete items by an attribute that is no time of expiry."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> dynamodb.Table:
    return resources.table(stack, "Orders", **{"time_to_live_attribute": "quantity", **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        time_to_live_attribute="expires_at",
    )
