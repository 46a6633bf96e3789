"""Examples of the rules on CloudTrail trails."""

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3


def tap251_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    cloudtrail.Trail(stack, "Audit", trail_name="audit", encryption_key=key)


def tap251_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    trail_arn = stack.format_arn(service="cloudtrail", resource="trail", resource_name="audit")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
            actions=["kms:DescribeKey", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceArn": trail_arn}},
        )
    )
    cloudtrail.Trail(stack, "Audit", trail_name="audit", encryption_key=key)


def tap252_bad(stack: cdk.Stack) -> None:
    files = s3.Bucket(stack, "Files")
    cloudtrail.CfnTrail(stack, "Audit", is_logging=True, s3_bucket_name=files.bucket_name)


def tap252_good(stack: cdk.Stack) -> None:
    files = s3.Bucket(stack, "Files")
    service = iam.ServicePrincipal("cloudtrail.amazonaws.com")
    arn = stack.format_arn(service="cloudtrail", resource="trail", resource_name="audit")
    own = {"aws:SourceArn": arn}
    files.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[service],
            actions=["s3:GetBucketAcl"],
            resources=[files.bucket_arn],
            conditions={"StringEquals": own},
        )
    )
    files.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[service],
            actions=["s3:PutObject"],
            resources=[files.arn_for_objects(f"AWSLogs/{stack.account}/*")],
            conditions={"StringEquals": {**own, "s3:x-amz-acl": "bucket-owner-full-control"}},
        )
    )
    trail = cloudtrail.CfnTrail(
        stack, "Audit", is_logging=True, s3_bucket_name=files.bucket_name, trail_name="audit"
    )
    if files.policy is not None:
        trail.node.add_dependency(files.policy)


def tap253_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    trail = cloudtrail.Trail(stack, "Audit", is_multi_region_trail=False)
    trail.add_s3_event_selector([cloudtrail.S3EventSelector(bucket=uploads)])


def tap253_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    trail = cloudtrail.Trail(
        stack, "Audit", is_multi_region_trail=False, include_global_service_events=False
    )
    trail.add_s3_event_selector(
        [cloudtrail.S3EventSelector(bucket=uploads)], include_management_events=False
    )


def tap254_bad(app: cdk.App) -> None:
    for name in ("dev", "prod"):
        stack = cdk.Stack(app, f"Shop-{name}", termination_protection=name == "prod")
        uploads = s3.Bucket(stack, "Uploads")
        trail = cloudtrail.Trail(stack, "Audit", is_multi_region_trail=False)
        trail.add_s3_event_selector(
            [cloudtrail.S3EventSelector(bucket=uploads)], include_management_events=False
        )


def tap254_good(app: cdk.App) -> None:
    for name in ("dev", "prod"):
        stack = cdk.Stack(app, f"Shop-{name}", termination_protection=name == "prod")
        uploads = s3.Bucket(stack, "Uploads")
        if stack.termination_protection:
            trail = cloudtrail.Trail(stack, "Audit", is_multi_region_trail=False)
            trail.add_s3_event_selector(
                [cloudtrail.S3EventSelector(bucket=uploads)], include_management_events=False
            )


def tap255_bad(stack: cdk.Stack) -> None:
    cloudtrail.Trail(stack, "Audit", enable_file_validation=False)


def tap255_good(stack: cdk.Stack) -> None:
    cloudtrail.Trail(stack, "Audit")
