"""Examples of the rules on functions."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

# What Code.from_asset reads; fast is a module that is compiled for Python 3.13 on x86_64.
HANDLERS = {
    "service/orders.py": "def handler(event, context): ...\n",
    "service/__pycache__/orders.cpython-313.pyc": "",
    "native/orders.py": "import fast\n\n\ndef handler(event, context): ...\n",
    "native/fast.cpython-313-x86_64-linux-gnu.so": b"\x7fELF" + bytes(14) + b"\x3e\x00",
}
ORDERS = """
import os

import boto3

PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}


def handler(event, context):
    orders = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    return orders.get_item(Key={"id": event["id"]})["Item"]
"""
UPLOADS = """
import os

import boto3

PERMISSIONS = {"BUCKET_NAME/*": {"s3:GetObject"}}


def handler(event, context):
    bucket = os.environ["BUCKET_NAME"]
    return boto3.client("s3").get_object(Bucket=bucket, Key=event["key"])["ETag"]
"""
METRICS = """
from aws_lambda_powertools import Metrics

metrics = Metrics()


@metrics.log_metrics
def handler(event, context):
    metrics.add_metric(name="Orders", unit="Count", value=1)
"""


def tap301_bad(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ORDERS),
        environment={"TABLE_NAME": table.table_name},
    )


def tap301_good(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    orders = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ORDERS),
        environment={"TABLE_NAME": table.table_name},
    )
    orders.add_to_role_policy(
        iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn])
    )


def tap302_bad(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    orders = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ORDERS),
        environment={"TABLE_NAME": table.table_name},
    )
    table.grant_read_write_data(orders)


def tap302_good(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    orders = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ORDERS),
        environment={"TABLE_NAME": table.table_name},
    )
    orders.add_to_role_policy(
        iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn])
    )


def tap303_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    uploads = s3.Bucket(stack, "Uploads", encryption_key=key)
    preview = lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
    )
    preview.add_to_role_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[uploads.arn_for_objects("*")])
    )


def tap303_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    uploads = s3.Bucket(stack, "Uploads", encryption_key=key)
    preview = lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
    )
    preview.add_to_role_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[uploads.arn_for_objects("*")])
    )
    key.grant_decrypt(preview)


def tap304_bad(stack: cdk.Stack) -> None:
    log_group = logs.LogGroup(stack, "Logs")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        log_group=log_group,
        role=role.without_policy_updates(),
    )


def tap304_good(stack: cdk.Stack) -> None:
    log_group = logs.LogGroup(stack, "Logs")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        log_group=log_group,
        role=role.without_policy_updates(),
    )


def tap305_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def tap305_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        log_group=logs.LogGroup(stack, "Logs", retention=logs.RetentionDays.ONE_MONTH),
    )


def tap306_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        reserved_concurrent_executions=5,
    )


def tap306_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def tap307_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def tap307_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        memory_size=512,
    )


def tap308_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def tap308_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        tracing=lambda_.Tracing.ACTIVE,
    )


def tap309_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.main",
        code=lambda_.Code.from_asset(
            str(Path("service").resolve())
        ),  # orders.py has a function named handler
    )


def tap309_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(
            str(Path("service").resolve())
        ),  # orders.py has a function named handler
    )


def tap310_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(METRICS),
    )


def tap310_good(stack: cdk.Stack) -> None:
    name = "AWSLambdaPowertoolsPythonV3-python313-x86_64:18"
    arn = f"arn:{cdk.Aws.PARTITION}:lambda:{stack.region}:017000801446:layer:{name}"
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(METRICS),
        layers=[lambda_.LayerVersion.from_layer_version_arn(stack, "Powertools", arn)],
    )


def tap311_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(METRICS),
    )


def tap311_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(METRICS),
        environment={
            "POWERTOOLS_SERVICE_NAME": "orders",
            "POWERTOOLS_METRICS_NAMESPACE": "shop",
        },
    )


def tap312_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    failures = sqs.Queue(stack, "Failures", encryption_master_key=key)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[failures.queue_arn])
    )
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        role=role.without_policy_updates(),
    )
    report.configure_async_invoke(on_failure=destinations.SqsDestination(failures))


def tap312_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    failures = sqs.Queue(stack, "Failures", encryption_master_key=key)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[failures.queue_arn])
    )
    key.grant_encrypt_decrypt(role)
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        role=role.without_policy_updates(),
    )
    report.configure_async_invoke(on_failure=destinations.SqsDestination(failures))


def tap313_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("service").resolve())),
    )


def tap313_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("service").resolve()), exclude=["**/__pycache__/**"]),
    )


def tap314_bad(stack: cdk.Stack) -> None:
    Path("service/orders.py").chmod(0o600)  # as git clone does with umask 077
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("service").resolve())),
    )


def tap314_good(stack: cdk.Stack) -> None:
    Path("service/orders.py").chmod(0o644)
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("service").resolve())),
    )


def tap315_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        handler="orders.handler",
        code=lambda_.Code.from_asset(
            str(Path("native").resolve())
        ),  # fast.cpython-313-x86_64-linux-gnu.so
    )


def tap315_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.X86_64,
        handler="orders.handler",
        code=lambda_.Code.from_asset(
            str(Path("native").resolve())
        ),  # fast.cpython-313-x86_64-linux-gnu.so
    )


def tap316_bad(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
            ],
            resources=["*"],
        )
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        role=role.without_policy_updates(),
        vpc=ec2.Vpc(stack, "Vpc", nat_gateways=1),
    )


def tap316_good(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
            ],
            resources=["*"],
            conditions={"Null": {"lambda:SourceFunctionArn": "true"}},
        )
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        role=role.without_policy_updates(),
        vpc=ec2.Vpc(stack, "Vpc", nat_gateways=1),
    )
