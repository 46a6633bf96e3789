"""Add a function whose role lacks a permission that its code needs."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import child, role_of


def fault(stack: cdk.Stack) -> lambda_.Function:
    table = resources.table(stack, "Orders")
    environment = {"TABLE_NAME": table.table_name}
    return resources.function(stack, "Report", "table_reader.handler", environment=environment)


def fix(stack: cdk.Stack) -> None:
    role, table = role_of(fault(stack)), child(stack, "Orders", dynamodb.Table)
    role.add_to_policy(
        iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn])
    )


def fault_declaration(stack: cdk.Stack, handler: str = "undeclared.handler") -> lambda_.Function:
    """Add a function whose handler does not declare its calls."""
    return resources.function(stack, "Report", handler)


def fix_declaration(stack: cdk.Stack) -> None:
    fault_declaration(stack, "nothing.handler")
