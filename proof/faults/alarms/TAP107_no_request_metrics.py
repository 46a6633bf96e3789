"""Watch the requests of a bucket without request metrics."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def _watched(stack: cdk.Stack) -> tuple[s3.Bucket, cloudwatch.Alarm]:
    bucket = resources.bucket(stack, "Uploads", metrics=[], watched=False)
    metric = resources.requests(bucket, "5xxErrors")
    return bucket, resources.alarm(stack, "UploadsFail", metric)


def fault(stack: cdk.Stack) -> cloudwatch.Alarm:
    return _watched(stack)[1]


def fix(stack: cdk.Stack) -> None:
    bucket, _ = _watched(stack)
    bucket.add_metric(id="EntireBucket")
