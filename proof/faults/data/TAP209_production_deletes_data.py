"""Delete a bucket of production with its stack."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket | None:
    destroyed = {"removal_policy": cdk.RemovalPolicy.DESTROY, **fixed}
    bucket = resources.bucket(stack, "Uploads", **destroyed)
    return bucket if stack.termination_protection else None


def fix(stack: cdk.Stack) -> None:
    fault(stack, removal_policy=cdk.RemovalPolicy.RETAIN)


def fault_table(stack: cdk.Stack, **fixed: Any) -> dynamodb.Table | None:
    """Add a table without deletion protection to production."""
    table = resources.table(stack, "Orders", **{"deletion_protection": False, **fixed})
    return table if stack.termination_protection else None


def fix_table(stack: cdk.Stack) -> None:
    fault_table(stack, deletion_protection=True)
