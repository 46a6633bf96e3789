"""Encrypt the bucket with the key that AWS manages."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults.tree import data_bucket


def fault(stack: cdk.Stack) -> s3.CfnBucket:
    bucket = data_bucket(stack)
    rule = "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault"
    bucket.add_property_deletion_override(f"{rule}.KMSMasterKeyID")
    return bucket
