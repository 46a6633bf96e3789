"""Encrypt a bucket for access logs with KMS."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3

from proof.faults import resources

KMS = s3.BucketEncryption.KMS_MANAGED


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    logs = resources.bucket(stack, "Logs", for_logs=True, **{"encryption": KMS, **fixed})
    resources.bucket(stack, "Uploads", server_access_logs_bucket=logs)
    return logs


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        encryption=s3.BucketEncryption.S3_MANAGED,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    )


def fault_cloudfront(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    """Send the logs of CloudFront to a bucket without ACLs."""
    logs = resources.bucket(stack, "EdgeLogs", for_logs=True, watched=False, **fixed)
    origin = cloudfront.CfnDistribution.OriginProperty(
        id="site",
        domain_name="example.com",
        custom_origin_config=cloudfront.CfnDistribution.CustomOriginConfigProperty(
            origin_protocol_policy="https-only"
        ),
    )
    behavior = cloudfront.CfnDistribution.DefaultCacheBehaviorProperty(
        target_origin_id="site", viewer_protocol_policy="https-only"
    )
    edge = cloudfront.CfnDistribution(
        stack,
        "Edge",
        distribution_config=cloudfront.CfnDistribution.DistributionConfigProperty(
            default_cache_behavior=behavior,
            enabled=True,
            logging=cloudfront.CfnDistribution.LoggingProperty(
                bucket=logs.bucket_regional_domain_name
            ),
            origins=[origin],
        ),
    )
    resources.output(stack, "Edge", edge.ref)
    return logs


def fix_cloudfront(stack: cdk.Stack) -> None:
    fault_cloudfront(
        stack,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
    )
