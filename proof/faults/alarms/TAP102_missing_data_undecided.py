"""Leave the treatment of missing data unset, so the alarm goes to INSUFFICIENT_DATA."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions

from proof.faults.tree import alarm_topic, level_2, own_function


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    function = level_2(own_function(stack, "api.handler"))
    alarm = cloudwatch.Alarm(
        stack,
        "MoreErrors",
        metric=function.metric_errors(),
        threshold=1,
        evaluation_periods=1,
        **fixed,
    )
    alarm.add_alarm_action(actions.SnsAction(alarm_topic(stack)))
    return alarm


def fix(stack: cdk.Stack) -> None:
    fault(stack, treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING)
