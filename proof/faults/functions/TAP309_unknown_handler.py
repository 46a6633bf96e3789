"""Name a handler that does not exist in its module."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, handler: str = "orders.handle") -> lambda_.Function:
    return resources.function(stack, "Report", handler)


def fix(stack: cdk.Stack) -> None:
    fault(stack, handler="orders.handler")


def fault_module(stack: cdk.Stack) -> lambda_.Function:
    """Name a handler module that does not exist."""
    return resources.function(stack, "Report", "app.handler")


def fix_module(stack: cdk.Stack) -> None:
    fault(stack, handler="nothing.handler")
