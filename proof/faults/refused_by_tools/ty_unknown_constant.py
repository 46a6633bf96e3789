"""Use a constant that does not exist."""

from aws_cdk import aws_s3 as s3

PRIVATE = s3.BlockPublicAccess.ALL  # refused by ty: has no attribute `ALL`
