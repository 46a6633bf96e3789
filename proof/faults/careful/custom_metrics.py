"""Alarms on custom metrics."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    orders = cloudwatch.Metric(
        namespace="Ours/Business", metric_name="Orders", dimensions_map={"shop": "a"}
    )
    resources.alarm(stack, "Orders", orders)
    found = logs.MetricFilter(
        stack,
        "Errors",
        log_group=resources.log_group(stack, "ShopLogs"),
        filter_pattern=logs.FilterPattern.literal("ERROR"),
        metric_name="E",
        metric_namespace="tap-service",
    )
    resources.alarm(stack, "ErrorsFound", found.metric())
