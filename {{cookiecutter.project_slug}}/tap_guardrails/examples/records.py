"""Examples of the rules on trails, flow logs and access logs."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3


def tap261_bad(stack: cdk.Stack) -> None:
    uploads, trail = s3.Bucket(stack, "Uploads"), cloudtrail.Trail(stack, "Audit")
    trail.add_s3_event_selector(
        [cloudtrail.S3EventSelector(bucket=uploads)],
        read_write_type=cloudtrail.ReadWriteType.READ_ONLY,
    )


def tap261_good(stack: cdk.Stack) -> None:
    uploads, trail = s3.Bucket(stack, "Uploads"), cloudtrail.Trail(stack, "Audit")
    trail.add_s3_event_selector(
        [cloudtrail.S3EventSelector(bucket=uploads)],
        read_write_type=cloudtrail.ReadWriteType.WRITE_ONLY,
    )


def tap262_bad(stack: cdk.Stack) -> None:
    s3.CfnBucket(
        stack,
        "Uploads",
        logging_configuration=s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name="central-access-logs", log_file_prefix="uploads/"
        ),
    )


def tap262_good(stack: cdk.Stack) -> None:
    access_logs = s3.Bucket(stack, "AccessLogs")
    s3.CfnBucket(
        stack,
        "Uploads",
        logging_configuration=s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=access_logs.bucket_name, log_file_prefix="uploads/"
        ),
    )


def tap263_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    vpc.add_flow_log("FlowLog", traffic_type=ec2.FlowLogTrafficType.ACCEPT)


def tap263_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    vpc.add_flow_log("FlowLog", traffic_type=ec2.FlowLogTrafficType.REJECT)


def tap264_bad(stack: cdk.Stack) -> None:
    access_logs = logs.LogGroup(stack, "AccessLogs")
    api = apigateway.RestApi(
        stack,
        "Orders",
        deploy_options=apigateway.StageOptions(
            access_log_destination=apigateway.LogGroupLogDestination(access_logs),
            access_log_format=apigateway.AccessLogFormat.custom("$context.requestId $context.path"),
        ),
    )
    api.root.add_method("GET")


def tap264_good(stack: cdk.Stack) -> None:
    access_logs = logs.LogGroup(stack, "AccessLogs")
    api = apigateway.RestApi(
        stack,
        "Orders",
        deploy_options=apigateway.StageOptions(
            access_log_destination=apigateway.LogGroupLogDestination(access_logs),
            access_log_format=apigateway.AccessLogFormat.custom(
                "$context.requestId $context.status"
            ),
        ),
    )
    api.root.add_method("GET")
