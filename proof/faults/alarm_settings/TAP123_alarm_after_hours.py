"""Add an alarm that fires after eight hours."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    function = resources.function(stack, "Answers")
    given = {"evaluation_periods": 96, **fixed}
    return resources.alarm(stack, "Throttles", function.metric_throttles(), **given)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        evaluation_periods=3,
    )
