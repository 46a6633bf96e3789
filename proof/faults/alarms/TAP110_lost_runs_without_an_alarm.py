"""Change the metric of the alarm on runs that EventBridge Scheduler loses."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_scheduler as scheduler

from proof.faults.tree import find, watch_something_else

ANSWERS = {"worker": "schedule", "api_auth": "cognito"}


def fault(stack: cdk.Stack) -> scheduler.CfnSchedule:
    name = "InvocationsFailedToBeSentToDeadLetterCount"
    watch_something_else(find(stack, cloudwatch.CfnAlarm, metric_name=name))
    return find(stack, scheduler.CfnSchedule)
