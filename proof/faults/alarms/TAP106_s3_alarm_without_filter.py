"""Watch the requests of a bucket without naming the filter that counts them."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources
from proof.faults.tree import data_bucket, level_2


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    bucket = level_2(data_bucket(stack))
    dimensions = {"dimensions_map": {"BucketName": bucket.bucket_name}, **fixed}
    metric = cloudwatch.Metric(namespace="AWS/S3", metric_name="5xxErrors", **dimensions)
    return resources.alarm(stack, "Fails", metric)


def fix(stack: cdk.Stack) -> None:
    bucket = level_2(data_bucket(stack))
    fault(
        stack,
        dimensions_map={"BucketName": bucket.bucket_name, "FilterId": "EntireBucket"},
    )
