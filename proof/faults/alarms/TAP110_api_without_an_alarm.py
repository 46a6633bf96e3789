"""Change the metric of the alarm on the server errors of an HTTP API."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults.tree import find, find_all, watch_something_else

ANSWERS = {"api": "http", "worker": "sqs", "billing_mode": "provisioned", "network": "nat"}


def fault(stack: cdk.Stack) -> apigatewayv2.CfnApi:
    for alarm in [*find_all(stack, cloudwatch.CfnAlarm)]:
        if "'5xx'" in str(stack.resolve(alarm.metrics)):
            watch_something_else(alarm)
    return find(stack, apigatewayv2.CfnApi)
