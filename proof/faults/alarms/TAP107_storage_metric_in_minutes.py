"""Read a daily metric of S3 every five minutes."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources
from proof.faults.tree import data_bucket


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    metric = cloudwatch.Metric(
        namespace="AWS/S3",
        metric_name="BucketSizeBytes",
        dimensions_map={
            "BucketName": data_bucket(stack).ref,
            "StorageType": "StandardStorage",
        },
        **{"period": cdk.Duration.minutes(5), **fixed},
    )
    return resources.alarm(stack, "Size", metric)


def fix(stack: cdk.Stack) -> None:
    fault(stack, period=cdk.Duration.days(1))
