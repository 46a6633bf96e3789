"""Change the metric of the alarm on events that EventBridge loses."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events

from proof.faults.tree import find, watch_something_else


def fault(stack: cdk.Stack) -> events.CfnRule:
    watch_something_else(
        find(stack, cloudwatch.CfnAlarm, metric_name="InvocationsFailedToBeSentToDlq")
    )
    return find(stack, events.CfnRule)
