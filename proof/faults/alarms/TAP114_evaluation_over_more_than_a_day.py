"""Add an alarm that evaluates more than a day."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources
from proof.faults.tree import level_2, own_function


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    given = {"evaluation_periods": 300, "datapoints_to_alarm": 2, **fixed}
    metric = level_2(own_function(stack, "api.handler")).metric_errors()
    return resources.alarm(stack, "Often", metric, **given)


def fix(stack: cdk.Stack) -> None:
    fault(stack, evaluation_periods=3, datapoints_to_alarm=2)


def fault_datapoints(stack: cdk.Stack) -> cloudwatch.Alarm:
    """Add an alarm that needs more datapoints than it evaluates."""
    return fault(stack, evaluation_periods=2, datapoints_to_alarm=3)


def fix_datapoints(stack: cdk.Stack) -> None:
    fault(stack, evaluation_periods=3, datapoints_to_alarm=2)
