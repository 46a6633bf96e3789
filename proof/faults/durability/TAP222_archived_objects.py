"""Move objects to Glacier that a function reads."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults.tree import data_bucket, level_2


def fault(stack: cdk.Stack, **fixed: Any) -> s3.CfnBucket:
    bucket = data_bucket(stack)
    archive = s3.Transition(
        storage_class=s3.StorageClass.GLACIER, transition_after=cdk.Duration.days(1)
    )
    level_2(bucket).add_lifecycle_rule(transitions=[archive], **fixed)
    return bucket


def fault_expiry(stack: cdk.Stack) -> s3.CfnBucket:
    """Delete objects after a day that a function reads."""
    bucket = data_bucket(stack)
    level_2(bucket).add_lifecycle_rule(expiration=cdk.Duration.days(1))
    return bucket
