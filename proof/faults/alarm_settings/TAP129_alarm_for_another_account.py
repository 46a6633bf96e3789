"""Notify a topic of another account."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns

from proof.faults import resources
from proof.faults.tree import alarm_topic


def _alarm(stack: cdk.Stack) -> cloudwatch.Alarm:
    function = resources.function(stack, "Answers")
    return resources.quiet_alarm(stack, "Throttles", function.metric_throttles())


def fault(stack: cdk.Stack) -> cloudwatch.Alarm:
    alarm = _alarm(stack)
    arn = "arn:aws:sns:us-east-1:444455556666:alarms"
    alarm.add_alarm_action(actions.SnsAction(sns.Topic.from_topic_arn(stack, "Theirs", arn)))
    return alarm


def fix(stack: cdk.Stack) -> None:
    alarm, topic = _alarm(stack), alarm_topic(stack)
    alarm.add_alarm_action(actions.SnsAction(topic))
