"""Misspell a metric of EventBridge."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults.tree import find

ALSO = {"TAP110"}


def fault(stack: cdk.Stack) -> cloudwatch.CfnAlarm:
    alarm = find(stack, cloudwatch.CfnAlarm, metric_name="InvocationsFailedToBeSentToDlq")
    alarm.metric_name = "InvocationsFailedToBeSentToDLQ"  # TAP106
    return alarm
