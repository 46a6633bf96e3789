"""Add a dashboard without widgets."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources


def fault(stack: cdk.Stack) -> cloudwatch.Dashboard:
    return cloudwatch.Dashboard(stack, "Overview")


def fix(stack: cdk.Stack) -> None:
    dashboard = fault(stack)
    function = resources.function(stack, "Answers")
    dashboard.add_widgets(cloudwatch.GraphWidget(left=[function.metric_errors()]))
