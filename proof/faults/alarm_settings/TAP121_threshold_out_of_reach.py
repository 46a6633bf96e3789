"""Add an alarm whose threshold no one reaches."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    function = resources.function(stack, "Answers")
    given = {"threshold": 1_000_000_000_000, **fixed}
    return resources.alarm(stack, "Rare", function.metric_throttles(), **given)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        threshold=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    )


def fault_direction(stack: cdk.Stack) -> cloudwatch.Alarm:
    """Add an alarm that fires while nothing fails."""
    below = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
    return fault(stack, threshold=1, comparison_operator=below)


def fault_share(stack: cdk.Stack) -> cloudwatch.Alarm:
    """Add an alarm on more than all calls."""
    function = resources.function(stack, "Answers")
    share = cloudwatch.MathExpression(
        expression="100 * failed / total",
        using_metrics={"failed": function.metric_errors(), "total": function.metric_invocations()},
    )
    return resources.alarm(stack, "Share", share, threshold=120)


def fault_unit(stack: cdk.Stack) -> cloudwatch.Alarm:
    """Compare milliseconds with seconds."""
    function = resources.function(stack, "Answers")
    return resources.alarm(stack, "Slow", function.metric_duration(), threshold=9)
