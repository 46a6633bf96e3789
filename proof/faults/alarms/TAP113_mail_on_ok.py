"""Send mail whenever an alarm changes to OK."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions

from proof.faults.tree import alarm_topic, find


def fault(stack: cdk.Stack) -> cloudwatch.Alarm:
    alarm = find(stack, cloudwatch.Alarm)
    alarm.add_ok_action(actions.SnsAction(alarm_topic(stack)))  # TAP113
    return alarm
