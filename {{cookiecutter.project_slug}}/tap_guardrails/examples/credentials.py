"""Examples of the rules on credentials."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

WRITTEN = """
URL = "postgres://shop:4711@db.example.com/orders"


def handler(event, context): ...
"""
READ = """
import os

import boto3


def handler(event, context):
    boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])
"""
HANDLERS = {"service/.keep": ""}


def tap751_bad(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Partner")
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"PARTNER_TOKEN": secret.secret_value.unsafe_unwrap()},
    )


def tap751_good(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Partner")
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"SECRET_ARN": secret.secret_arn},
    )


def tap752_bad(stack: cdk.Stack) -> None:
    password = cdk.SecretValue.unsafe_plain_text("orders-4711")
    rds.DatabaseInstance(
        stack,
        "Orders",
        credentials=rds.Credentials.from_password("admin", password),
        engine=rds.DatabaseInstanceEngine.MARIADB,
        vpc=ec2.Vpc(stack, "Vpc", nat_gateways=1),
    )


def tap752_good(stack: cdk.Stack) -> None:
    rds.DatabaseInstance(
        stack,
        "Orders",
        credentials=rds.Credentials.from_generated_secret("admin"),
        engine=rds.DatabaseInstanceEngine.MARIADB,
        vpc=ec2.Vpc(stack, "Vpc", nat_gateways=1),
    )


def tap753_bad(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Partner")
    cdk.CfnOutput(stack, "Token", value=secret.secret_value.unsafe_unwrap())


def tap753_good(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Partner")
    cdk.CfnOutput(stack, "SecretArn", value=secret.secret_arn)


def tap754_bad(stack: cdk.Stack) -> None:
    Path("service/orders.py").write_text(WRITTEN, encoding="utf-8")
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("service").resolve())),
    )


def tap754_good(stack: cdk.Stack) -> None:
    Path("service/orders.py").write_text(READ, encoding="utf-8")
    secret = secretsmanager.Secret(stack, "Database")
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("service").resolve())),
        environment={"SECRET_ARN": secret.secret_arn},
    )


TAP755_BAD = {
    "infra/partner.py": 'PARTNER = "https://shop:4711@partner.example.com/"\n',
}
TAP755_GOOD = {
    "infra/partner.py": (
        "import aws_cdk as cdk\n\n"
        'PASSWORD = cdk.SecretValue.secrets_manager("partner", json_field="password")\n'
    ),
}
