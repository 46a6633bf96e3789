"""Change the metric of the alarm on the age of a stream's records."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find, own_function, watch_something_else

ANSWERS = {"worker": "stream"}


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    watch_something_else(find(stack, cloudwatch.CfnAlarm, metric_name="IteratorAge"))
    return own_function(stack, "worker.handler")
