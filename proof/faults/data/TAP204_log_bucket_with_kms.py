"""Encrypt a bucket for access logs with KMS."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources

KMS = s3.BucketEncryption.KMS_MANAGED


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    logs = resources.bucket(stack, "Logs", **{"encryption": KMS, **fixed})
    resources.bucket(stack, "Uploads", server_access_logs_bucket=logs)
    return logs


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        encryption=s3.BucketEncryption.S3_MANAGED,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    )
