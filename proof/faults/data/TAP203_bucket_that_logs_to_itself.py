"""Give a bucket a prefix for its access logs, but no bucket for them."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources
from proof.faults.tree import level_2, log_bucket


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    given = {"server_access_logs_bucket": None, "server_access_logs_prefix": "uploads/", **fixed}
    return resources.bucket(stack, "Uploads", **given)


def fix(stack: cdk.Stack) -> None:
    access_logs = level_2(log_bucket(stack))
    fault(stack, server_access_logs_bucket=access_logs, server_access_logs_prefix="uploads/")
