"""Add a bucket that can be made public."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources

OPEN = s3.BlockPublicAccess(block_public_policy=False)


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    return resources.bucket(stack, "Uploads", **{"block_public_access": OPEN, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, block_public_access=s3.BlockPublicAccess.BLOCK_ALL)
