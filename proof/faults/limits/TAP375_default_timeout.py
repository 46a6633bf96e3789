"""Add a function with the default timeout."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> lambda_.Function:
    return resources.function(stack, "Answers", **{"timeout": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        timeout=cdk.Duration.seconds(20),
    )
