"""Add a bucket for logs that allows plain HTTP."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    logs = resources.bucket(stack, "Logs", for_logs=True, **{"enforce_ssl": None, **fixed})
    resources.bucket(stack, "Uploads", server_access_logs_bucket=logs)
    return logs


def fix(stack: cdk.Stack) -> None:
    fault(stack, enforce_ssl=True)


def fault_queue(stack: cdk.Stack, **fixed: Any) -> sqs.Queue:
    """Add a queue that allows plain HTTP."""
    return resources.queue(stack, "Jobs", **{"enforce_ssl": None, **fixed})


def fix_queue(stack: cdk.Stack) -> None:
    fault_queue(stack, enforce_ssl=True)


def fault_topic(stack: cdk.Stack, **fixed: Any) -> sns.Topic:
    """Add a topic that allows plain HTTP."""
    return resources.topic(stack, "News", **{"enforce_ssl": None, **fixed})


def fix_topic(stack: cdk.Stack) -> None:
    fault_topic(stack, enforce_ssl=True)
