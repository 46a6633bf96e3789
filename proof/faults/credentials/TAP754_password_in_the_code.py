"""Write a password into the code of a function."""

import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from proof.faults import resources

WRITTEN = """
PERMISSIONS = {}
DATABASE = "postgres://orders:4711@orders.example.com/orders"


def handler(event, context):
    return {}
"""
READ = """
import os

import boto3

PERMISSIONS = {"SECRET_ARN": {"secretsmanager:GetSecretValue"}}


def handler(event, context):
    boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])
"""


def _function(
    stack: cdk.Stack, text: str, *statements: iam.PolicyStatement, **given: Any
) -> lambda_.Function:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orders.py").write_text(text, encoding="utf-8")
        code = lambda_.Code.from_asset(folder)
        return resources.function(
            stack, "Report", "orders.handler", *statements, code=code, **given
        )


def fault(stack: cdk.Stack) -> lambda_.Function:
    return _function(stack, WRITTEN)


def fix(stack: cdk.Stack) -> None:
    secret = secretsmanager.Secret(stack, "Database")
    resources.output(stack, "Database", secret.secret_arn)
    read = resources.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
    _function(stack, READ, read, environment={"SECRET_ARN": secret.secret_arn})
