"""Add an alarm without an action."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions

from proof.faults import resources
from proof.faults.tree import alarm_topic, find, level_2, own_function


def fault(stack: cdk.Stack) -> cloudwatch.Alarm:
    function = level_2(own_function(stack, "api.handler"))
    return resources.quiet_alarm(stack, "Slow", function.metric_duration(), threshold=9000)


def fix(stack: cdk.Stack) -> None:
    alarm, topic = fault(stack), alarm_topic(stack)
    alarm.add_alarm_action(actions.SnsAction(topic))


def fault_composite(stack: cdk.Stack) -> cloudwatch.CompositeAlarm:
    """Add a composite alarm without an action."""
    alarm = find(stack, cloudwatch.Alarm)
    return cloudwatch.CompositeAlarm(stack, "Both", alarm_rule=cloudwatch.AlarmRule.any_of(alarm))


def fix_composite(stack: cdk.Stack) -> None:
    alarm, topic = fault_composite(stack), alarm_topic(stack)
    alarm.add_alarm_action(actions.SnsAction(topic))
