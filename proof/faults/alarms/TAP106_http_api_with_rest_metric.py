"""Watch an HTTP API with the metric of REST APIs."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources
from proof.faults.tree import find

ANSWERS = {"api": "http", "worker": "sqs", "billing_mode": "provisioned", "network": "nat"}


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    http_api = find(stack, apigatewayv2.HttpApi)
    return resources.alarm(stack, "Fails", **{"metric": http_api.metric("5XXError"), **fixed})


def fix(stack: cdk.Stack) -> None:
    http_api = find(stack, apigatewayv2.HttpApi)
    fault(stack, metric=http_api.metric_server_error(statistic=cloudwatch.Stats.SUM))
