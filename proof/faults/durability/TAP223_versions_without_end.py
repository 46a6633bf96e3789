"""Add a bucket that keeps all versions."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    return resources.bucket(stack, "Uploads", **{"lifecycle_rules": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(90))],
    )


def fault_logs(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    """Keep access logs without end."""
    given: dict[str, Any] = {
        "metrics": [],
        "server_access_logs_bucket": None,
        "server_access_logs_prefix": None,
    }
    logs = resources.bucket(stack, "Logs", watched=False, **given, **fixed)
    resources.bucket(stack, "Uploads", server_access_logs_bucket=logs)
    return logs


def fix_logs(stack: cdk.Stack) -> None:
    fault_logs(
        stack,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=cdk.Duration.days(90),
                noncurrent_version_expiration=cdk.Duration.days(7),
            )
        ],
    )
