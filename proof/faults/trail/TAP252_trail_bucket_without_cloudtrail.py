"""Write a trail to a bucket whose policy does not allow CloudTrail."""

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from proof.faults import resources
from proof.faults.tree import child

ANSWERS = {"audit_trail": False}

EXPIRY = [
    s3.LifecycleRule(
        expiration=cdk.Duration.days(90), noncurrent_version_expiration=cdk.Duration.days(7)
    )
]


def fault(stack: cdk.Stack) -> s3.Bucket | None:
    if not stack.termination_protection:
        return None
    bucket = resources.bucket(stack, "AuditFiles", watched=False, lifecycle_rules=EXPIRY)
    resources.trail(stack, "Audit", bucket=bucket)
    return bucket


def fix(stack: cdk.Stack) -> None:
    bucket = fault(stack)
    if bucket is None:
        return
    trail_arn = resources.trail_arn(stack, "Audit")
    source = {"aws:SourceArn": trail_arn}
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
            actions=["s3:GetBucketAcl"],
            resources=[bucket.bucket_arn],
            conditions={"StringEquals": source},
        )
    )
    owner = {"s3:x-amz-acl": "bucket-owner-full-control"}
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(f"AWSLogs/{stack.account}/*")],
            conditions={"StringEquals": {**source, **owner}},
        )
    )


def fault_order(stack: cdk.Stack) -> cloudtrail.CfnTrail | None:
    """Create a trail before the policy of its bucket."""
    if not stack.termination_protection:
        return None
    return resources.trail(stack, "Audit", waits=False)


def fix_order(stack: cdk.Stack) -> None:
    trail = fault_order(stack)
    if trail is None:
        return
    bucket = child(stack, "AuditFiles", s3.Bucket)
    trail.node.add_dependency(bucket.policy)
