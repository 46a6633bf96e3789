"""Add a function without a log group."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from proof.faults import resources
from proof.faults.tree import level_1

# With a key of the stack, a log group needs it (TAP231).
ANSWERS = {"encryption": "aws_managed"}


def fault(stack: cdk.Stack) -> lambda_.Function:
    function = resources.function(stack, "Report")
    level_1(function).logging_config = None  # TAP305
    return function


def _logs(stack: cdk.Stack, retention: logs.RetentionDays) -> logs.LogGroup:
    return resources.log_group(stack, "Logs", retention=retention)


def fault_retention(stack: cdk.Stack, log_group: logs.LogGroup | None = None) -> lambda_.Function:
    """Add a function whose log group never expires."""
    log_group = log_group or _logs(stack, logs.RetentionDays.INFINITE)
    return resources.function(stack, "Report", log_group=log_group)


def fix_retention(stack: cdk.Stack) -> None:
    fault_retention(
        stack,
        log_group=logs.LogGroup(stack, "Logs", retention=logs.RetentionDays.ONE_MONTH),
    )
