"""Policies and selectors of a CloudTrail trail."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3


def allow_delivery(bucket: s3.Bucket, trail_arn: str) -> None:
    """Let one trail, and no other, write logs below the account's own prefix.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    principal = iam.ServicePrincipal("cloudtrail.amazonaws.com")
    account = cdk.Stack.of(bucket).account
    source = {"aws:SourceArn": trail_arn}
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TrailChecksBucket",
            principals=[principal],
            actions=["s3:GetBucketAcl"],
            resources=[bucket.bucket_arn],
            conditions={"StringEquals": source},
        )
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TrailWritesLogs",
            principals=[principal],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(f"AWSLogs/{account}/*")],
            conditions={"StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"}},
        )
    )


def writes(name: str, kind: str, arn: str) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    """Return the selector of writes to a table, or to the objects of a bucket."""
    field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty
    objects = kind == "AWS::S3::Object"
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        name=name,
        field_selectors=[
            field(field="eventCategory", equal_to=["Data"]),
            field(field="readOnly", equal_to=["false"]),
            field(field="resources.type", equal_to=[kind]),
            field(
                field="resources.ARN",
                equal_to=None if objects else [arn],
                starts_with=[arn] if objects else None,
            ),
        ],
    )
