"""Sum metrics that are only published on errors with `+`, as the CDK does."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources
from proof.faults.tree import find


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    table = find(stack, dynamodb.Table)
    used = {
        operation.lower(): cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name="SystemErrors",
            dimensions_map={"TableName": table.table_name, "Operation": operation},
        )
        for operation in ("GetItem", "PutItem")
    }
    given = {"expression": " + ".join(used), **fixed}
    metric = cloudwatch.MathExpression(using_metrics=used, **given)
    return resources.alarm(stack, "Fails", metric)


def fix(stack: cdk.Stack) -> None:
    fault(stack, expression="SUM(METRICS())")
