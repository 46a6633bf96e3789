"""Add a function with the default memory."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> lambda_.Function:
    return resources.function(stack, "Report", **{"memory_size": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, memory_size=512)
