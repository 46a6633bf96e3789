"""Add a bucket without versions."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    return resources.bucket(stack, "Uploads", **{"versioned": False, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        versioned=True,
    )
