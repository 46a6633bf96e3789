"""Add a function that can read a bucket, but not use its key."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from proof.faults import resources
from proof.faults.tree import child, role_of


def fault(stack: cdk.Stack) -> lambda_.Function:
    encryption = s3.BucketEncryption.KMS
    key = resources.key(stack, "UploadsKey")
    bucket = resources.bucket(
        stack, "Uploads", encryption=encryption, encryption_key=key, bucket_key_enabled=True
    )
    reading = resources.allow("s3:GetObject", on=bucket.arn_for_objects("documents/*"))
    environment = {"BUCKET_NAME": bucket.bucket_name}
    return resources.function(
        stack, "Report", "bucket_reader.handler", reading, environment=environment
    )


def fix(stack: cdk.Stack) -> None:
    role, key = role_of(fault(stack)), child(stack, "UploadsKey", kms.Key)
    key.grant_encrypt_decrypt(role)
