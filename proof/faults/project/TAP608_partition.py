"""Write the partition into an ARN."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

SOURCE = "infra/interfaces.py"


def fault(scope: Construct) -> iam.IRole:
    stack = cdk.Stack.of(scope)
    arn = f"arn:aws:iam::{stack.account}:role/admins"  # TAP608
    return iam.Role.from_role_arn(scope, "Admins", arn)


def fix(scope: Construct) -> iam.IRole:
    stack = cdk.Stack.of(scope)
    arn = stack.format_arn(service="iam", region="", resource="role", resource_name="admins")
    return iam.Role.from_role_arn(scope, "Admins", arn)
