"""Somebody removes the alarm on events that EventBridge loses."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events

from proof.faults.tree import find, remove


def fault(stack: cdk.Stack) -> events.CfnRule:
    remove(find(stack, cloudwatch.CfnAlarm, metric_name="InvocationsFailedToBeSentToDlq"))
    return find(stack, events.CfnRule)
