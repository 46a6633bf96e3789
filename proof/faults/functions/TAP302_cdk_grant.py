"""Grant reads and writes with the grant method of the CDK."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from proof.faults.tree import data_bucket, level_2, own_function, role_of


def fault(stack: cdk.Stack) -> iam.Role:
    role = role_of(own_function(stack, "api.handler"))
    level_2(data_bucket(stack)).grant_read_write(role)  # TAP302
    return role


def fault_managed_policy(stack: cdk.Stack) -> iam.Role:
    """Add an AWS-managed policy to the role of a function."""
    role = role_of(own_function(stack, "api.handler"))
    role.add_managed_policy(
        iam.ManagedPolicy.from_aws_managed_policy_name("AmazonS3ReadOnlyAccess")
    )
    return role


def fault_bucket_policy(stack: cdk.Stack) -> s3.BucketPolicy | None:
    """Let a bucket policy allow a function's role to delete objects."""
    bucket: s3.Bucket = level_2(data_bucket(stack))
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["s3:DeleteObject"],
            resources=[bucket.arn_for_objects("*")],
            principals=[iam.ArnPrincipal(role_of(own_function(stack, "worker.handler")).role_arn)],
        )
    )
    return bucket.policy
