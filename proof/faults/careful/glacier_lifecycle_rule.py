"""A bucket that moves its objects to Glacier."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    transition = s3.Transition(
        storage_class=s3.StorageClass.GLACIER, transition_after=cdk.Duration.days(30)
    )
    old = cdk.Duration.days(90)
    rules = [s3.LifecycleRule(noncurrent_version_expiration=old, transitions=[transition])]
    resources.bucket(stack, "Cold", lifecycle_rules=rules)
