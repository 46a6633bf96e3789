"""Set the hour of a schedule, but not the minute."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler

from proof.faults.tree import find

ANSWERS = {"worker": "schedule", "api_auth": "cognito"}


def fault(stack: cdk.Stack, **fixed: Any) -> scheduler.CfnSchedule:
    cron = scheduler.ScheduleExpression.cron(**{"hour": "3", **fixed})
    schedule = find(stack, scheduler.CfnSchedule)
    schedule.schedule_expression = cron.expression_string
    return schedule


def fix(stack: cdk.Stack) -> None:
    fault(stack, minute="0", hour="3")
