"""Delete the policy of a bucket that is retained."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources
from proof.faults.tree import child


def fault(stack: cdk.Stack) -> s3.BucketPolicy:
    bucket = resources.bucket(stack, "Uploads")
    policy = bucket.policy
    if policy is None:
        raise LookupError("the bucket has no policy")
    policy.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    return policy


def fix(stack: cdk.Stack) -> None:
    fault(stack)
    bucket = child(stack, "Uploads", s3.Bucket)
    if bucket.policy is not None:
        bucket.policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
