"""A composite alarm with an action, over two alarms without one."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions

from proof.faults import resources
from proof.faults.tree import alarm_topic, level_2, own_function


def change(stack: cdk.Stack) -> None:
    function = level_2(own_function(stack, "api.handler"))
    one = resources.quiet_alarm(stack, "One", function.metric_errors(), threshold=5)
    two = resources.quiet_alarm(stack, "Two", function.metric_throttles(), threshold=5)
    rule = cloudwatch.AlarmRule.all_of(one, two)
    both = cloudwatch.CompositeAlarm(stack, "Both", alarm_rule=rule)
    both.add_alarm_action(actions.SnsAction(alarm_topic(stack)))
