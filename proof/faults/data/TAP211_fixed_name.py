"""Give a bucket a fixed name."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources

ALSO = {"TAP219"}


def fault(stack: cdk.Stack) -> s3.Bucket:
    return resources.bucket(stack, "Uploads", bucket_name="uploads")  # TAP211
