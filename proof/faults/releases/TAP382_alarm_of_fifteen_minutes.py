"""Shift within five minutes, with an alarm that needs fifteen."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codedeploy as codedeploy

from proof.faults import resources
from proof.faults.tree import find


def _canary(
    stack: cdk.Stack, *, minutes: int, periods: int, **given: Any
) -> codedeploy.CfnDeploymentGroup:
    function = resources.function(stack, "Works")
    errors = function.metric_errors(period=cdk.Duration.minutes(minutes))
    alarm = resources.alarm(stack, "Slow", errors, evaluation_periods=periods)
    resources.canary(stack, function, alarms=[alarm], **given)
    return find(stack, codedeploy.CfnDeploymentGroup)


def fault(stack: cdk.Stack) -> codedeploy.CfnDeploymentGroup:
    return _canary(stack, minutes=5, periods=3)


def fault_without_alarm(stack: cdk.Stack) -> codedeploy.CfnDeploymentGroup:
    """Shift without an alarm, and stay with the new version."""
    resources.canary(stack, resources.function(stack, "Works"), alarms=None)
    return find(stack, codedeploy.CfnDeploymentGroup)


def fix_without_alarm(stack: cdk.Stack) -> None:
    function = resources.function(stack, "Works")
    errors = function.metric_errors(period=cdk.Duration.minutes(1))
    alarm = resources.alarm(stack, "Quick", errors)
    resources.canary(
        stack,
        function,
        alarms=[alarm],  # on Errors of the new version, with a period of one minute
        auto_rollback=codedeploy.AutoRollbackConfig(
            deployment_in_alarm=True, failed_deployment=True
        ),
    )


def fault_five_minutes(stack: cdk.Stack) -> codedeploy.CfnDeploymentGroup:
    """Shift within five minutes, with an alarm on a period of five."""
    return _canary(stack, minutes=5, periods=1)


def fix_five_minutes(stack: cdk.Stack) -> None:
    _canary(
        stack,
        minutes=5,
        periods=1,
        deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_10_MINUTES,
    )
