"""Add a bucket that is a website."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack) -> s3.Bucket:
    return resources.bucket(stack, "Pages", website_index_document="index.html")
