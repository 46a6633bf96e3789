"""Buckets for the logs of AWS services."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from tap_project.cdk import output


class LogBucket(s3.Bucket):
    """A bucket for logs of AWS services, which expire after `days`.

    S3 encrypts it with its own key, the only encryption that S3 access logs support. It is retained
    when the stack is deleted: logs arrive hours late, so an emptied log bucket does not stay empty
    (https://github.com/aws/aws-cdk/issues/21776). A first deployment that is rolled back retains it
    too, because it may hold logs by then, and S3 would not delete it.

    Args:
        days: days after which logs expire.
        access_logs: the bucket that requests are logged to; None: they are not logged.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        days: int,
        access_logs: s3.IBucket | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                    expiration=cdk.Duration.days(days),
                    noncurrent_version_expiration=cdk.Duration.days(7),
                )
            ],
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{construct_id.lower()}/" if access_logs else None,
            versioned=True,
        )
        retain_policy(self, cdk.RemovalPolicy.RETAIN)
        output(self, f"{construct_id}BucketArn", self.bucket_arn, f"{construct_id} bucket")


def retain_policy(bucket: s3.Bucket, removal_policy: cdk.RemovalPolicy) -> None:
    """Retain a bucket's policy as long as the bucket: without it plain HTTP would be allowed."""
    if bucket.policy is None:
        raise RuntimeError(f"bucket {bucket.node.path!r} has no policy; set enforce_ssl=True")
    bucket.policy.apply_removal_policy(removal_policy)
