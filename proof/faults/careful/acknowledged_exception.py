"""An acknowledged exception."""

import aws_cdk as cdk

from proof.faults.tree import data_bucket


def change(stack: cdk.Stack) -> None:
    bucket = data_bucket(stack)
    bucket.bucket_name = "tap-data-of-ours"
    if stack.termination_protection:
        bucket.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    reason = "Partners have this name in their contracts"
    acknowledgment = cdk.Acknowledgment(id="tap::TAP211", reason=reason)
    cdk.Validations.of(bucket).acknowledge(acknowledgment)
