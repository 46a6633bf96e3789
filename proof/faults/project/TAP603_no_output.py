"""Add a bucket without an output."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults import resources
from proof.faults.tree import remove


def fault(stack: cdk.Stack) -> s3.Bucket:
    bucket = resources.bucket(stack, "Uploads")
    remove(next(each for each in stack.node.children if each.node.id == "UploadsOutput"))
    return bucket


def fix(stack: cdk.Stack) -> None:
    bucket = fault(stack)
    cdk.CfnOutput(stack, "UploadsArn", value=bucket.bucket_arn)
