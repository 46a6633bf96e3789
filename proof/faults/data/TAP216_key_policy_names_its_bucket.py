"""Name a bucket in the policy of the key that encrypts it."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> cdk.Stack:
    key = resources.key(stack, "UploadsKey")
    encryption = s3.BucketEncryption.KMS
    bucket = resources.bucket(
        stack, "Uploads", encryption=encryption, encryption_key=key, bucket_key_enabled=True
    )
    conditions = {"ArnLike": {"aws:SourceArn": bucket.bucket_arn}}
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["kms:Decrypt"],
            resources=["*"],
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            **{"conditions": conditions, **fixed},
        )
    )
    return stack


def fix(stack: cdk.Stack) -> None:
    fault(stack, conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(stack).account}})
