"""Let a bucket for logs be emptied when it is deleted."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack) -> s3.Bucket:
    logs = resources.bucket(
        stack,
        "Logs",
        for_logs=True,
        removal_policy=cdk.RemovalPolicy.DESTROY,
        auto_delete_objects=True,  # TAP210
    )
    resources.bucket(stack, "Uploads", server_access_logs_bucket=logs)
    return logs
