"""Add a bucket that calls KMS for every object."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    encryption = {"encryption": s3.BucketEncryption.KMS, "bucket_key_enabled": False, **fixed}
    key = resources.key(stack, "UploadsKey")
    return resources.bucket(stack, "Uploads", encryption_key=key, **encryption)


def fix(stack: cdk.Stack) -> None:
    fault(stack, bucket_key_enabled=True)
