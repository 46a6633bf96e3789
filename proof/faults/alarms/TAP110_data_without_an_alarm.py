"""Add a table without an alarm on throttled requests."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack) -> dynamodb.Table:
    return resources.table(stack, "Orders", watched=False)


def fix(stack: cdk.Stack) -> None:
    resources.watch_throttles(stack, "Orders", fault(stack))


def fault_bucket(stack: cdk.Stack) -> s3.Bucket:
    """Add a bucket that no alarm watches."""
    return resources.bucket(stack, "Uploads", watched=False)


def fix_bucket(stack: cdk.Stack) -> None:
    bucket = fault_bucket(stack)
    resources.alarm(stack, "UploadsFail", resources.requests(bucket, "5xxErrors"))
