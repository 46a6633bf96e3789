"""Examples of the rules on how long data, logs and keys last."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

UPLOADS = """
import os

import boto3

PERMISSIONS = {"BUCKET_NAME/uploads/*": {"s3:GetObject"}}


def handler(event, context):
    bucket = os.environ["BUCKET_NAME"]
    return boto3.client("s3").get_object(Bucket=bucket, Key=event["key"])["ETag"]
"""


def tap221_bad(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads")


def tap221_good(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads", versioned=True)


def tap222_bad(stack: cdk.Stack) -> None:
    old = s3.Transition(
        storage_class=s3.StorageClass.DEEP_ARCHIVE, transition_after=cdk.Duration.days(90)
    )
    uploads = s3.Bucket(stack, "Uploads", lifecycle_rules=[s3.LifecycleRule(transitions=[old])])
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
    )


def tap222_good(stack: cdk.Stack) -> None:
    old = s3.Transition(
        storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
        transition_after=cdk.Duration.days(90),
    )
    uploads = s3.Bucket(stack, "Uploads", lifecycle_rules=[s3.LifecycleRule(transitions=[old])])
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
    )


def tap223_bad(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads", versioned=True)


def tap223_good(stack: cdk.Stack) -> None:
    expired = s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(90))
    s3.Bucket(stack, "Uploads", versioned=True, lifecycle_rules=[expired])


def tap224_bad(stack: cdk.Stack) -> None:
    logs.LogGroup(stack, "Audit", retention=logs.RetentionDays.ONE_DAY)


def tap224_good(stack: cdk.Stack) -> None:
    logs.LogGroup(stack, "Audit", retention=logs.RetentionDays.ONE_MONTH)


def tap225_bad(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        time_to_live_attribute="quantity",
    )


def tap225_good(stack: cdk.Stack) -> None:
    dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        time_to_live_attribute="expires_at",
    )


def tap226_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", enforce_ssl=True, removal_policy=cdk.RemovalPolicy.RETAIN)
    if uploads.policy is not None:
        uploads.policy.apply_removal_policy(cdk.RemovalPolicy.DESTROY)


def tap226_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", enforce_ssl=True, removal_policy=cdk.RemovalPolicy.RETAIN)
    if uploads.policy is not None:
        uploads.policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


def tap227_bad(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Site", website_index_document="index.html")


def tap227_good(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Site")
