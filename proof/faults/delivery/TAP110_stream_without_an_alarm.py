"""Somebody removes the alarm on the age of a stream's records."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find, own_function, remove

ANSWERS = {"worker": "stream"}


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    remove(find(stack, cloudwatch.CfnAlarm, metric_name="IteratorAge"))
    return own_function(stack, "worker.handler")
