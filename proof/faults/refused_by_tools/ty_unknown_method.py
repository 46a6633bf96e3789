"""Call a grant method that does not exist."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3


def allow(bucket: s3.Bucket, role: iam.Role) -> None:
    """Allow a role to use a bucket."""
    bucket.grant(role)  # refused by ty: has no attribute `grant`
