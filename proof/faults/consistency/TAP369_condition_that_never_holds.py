"""Add a queue under a condition that never holds."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> cloudwatch.CfnAlarm:
    never = cdk.CfnCondition(stack, "Never", expression=cdk.Fn.condition_equals("yes", "no"))
    alarm = find(stack, cloudwatch.CfnAlarm)
    alarm.cfn_options.condition = never
    return alarm
