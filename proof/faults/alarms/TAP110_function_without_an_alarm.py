"""Add a function without an alarm."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import alarm_topic


def fault(stack: cdk.Stack) -> lambda_.Function:
    return resources.function(stack, "Report", watched=False)


def fix(stack: cdk.Stack) -> None:
    function, topic = fault(stack), alarm_topic(stack)
    alarm = cloudwatch.Alarm(
        stack,
        "Errors",
        metric=function.metric_errors(),
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
