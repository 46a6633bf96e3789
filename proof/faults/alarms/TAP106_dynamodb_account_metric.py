"""Watch a table with a metric that DynamoDB publishes for the account."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources
from proof.faults.tree import find


def fault(stack: cdk.Stack, metric: cloudwatch.IMetric | None = None) -> cloudwatch.Alarm:
    table = find(stack, dynamodb.Table)
    return resources.alarm(stack, "UserErrors", metric or table.metric("UserErrors"))


def fix(stack: cdk.Stack) -> None:
    table = find(stack, dynamodb.Table)
    fault(
        stack,
        cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name="WriteThrottleEvents",
            dimensions_map={"TableName": table.table_name},
            statistic="Sum",
        ),
    )
