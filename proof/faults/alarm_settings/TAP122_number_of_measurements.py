"""Add an alarm on the number of measurements."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    function = resources.function(stack, "Answers")
    metric = function.metric_throttles(**{"statistic": "SampleCount", **fixed})
    return resources.alarm(stack, "Throttles", metric)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        statistic=cloudwatch.Stats.SUM,
    )


def fault_duration(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    """Add an alarm on the fastest calls."""
    function = resources.function(stack, "Answers")
    metric = function.metric_duration(**{"statistic": "Minimum", **fixed})
    return resources.alarm(stack, "Slow", metric, threshold=9000)


def fix_duration(stack: cdk.Stack) -> None:
    fault_duration(
        stack,
        statistic="p99",
    )
