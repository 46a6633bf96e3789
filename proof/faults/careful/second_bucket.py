"""A second bucket."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    logs = resources.bucket(
        stack,
        "MoreLogs",
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=cdk.Duration.days(90),
                noncurrent_version_expiration=cdk.Duration.days(7),
            )
        ],
        metrics=[],
        server_access_logs_bucket=None,
        server_access_logs_prefix=None,
        watched=False,
    )
    resources.bucket(stack, "More", server_access_logs_bucket=logs)
