"""Delete a key with the stack, but retain the bucket that it encrypts."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> kms.Key:
    key = resources.key(
        stack, "UploadsKey", **{"removal_policy": cdk.RemovalPolicy.DESTROY, **fixed}
    )
    encryption = s3.BucketEncryption.KMS
    resources.bucket(
        stack, "Uploads", encryption=encryption, encryption_key=key, bucket_key_enabled=True
    )
    return key


def fix(stack: cdk.Stack) -> None:
    fault(stack, removal_policy=cdk.RemovalPolicy.RETAIN)


def fault_rollback(stack: cdk.Stack) -> kms.Key:
    """Delete a key when the first deployment is rolled back, but retain the data."""
    return fault(stack, removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)


def fix_rollback(stack: cdk.Stack) -> None:
    fault(stack, removal_policy=cdk.RemovalPolicy.RETAIN)
