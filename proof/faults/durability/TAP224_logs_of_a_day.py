"""Keep logs for a day."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> logs.LogGroup:
    given = {"retention": logs.RetentionDays.ONE_DAY, **fixed}
    return resources.log_group(stack, "Audit", **given)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        retention=logs.RetentionDays.ONE_MONTH,
    )


def fault_dead_letters(stack: cdk.Stack, **fixed: Any) -> sqs.Queue:
    """Keep dead letters for two days."""
    given = {"retention_period": cdk.Duration.days(2), **fixed}
    dead_letters = resources.queue(stack, "DeadLetters", **given)
    resources.worked_on(stack, dead_letters, retention_period=cdk.Duration.days(1))
    return dead_letters


def fix_dead_letters(stack: cdk.Stack) -> None:
    fault_dead_letters(
        stack,
        retention_period=cdk.Duration.days(14),
    )


def fault_key(stack: cdk.Stack, **fixed: Any) -> kms.Key | None:
    """Delete a key of production after a week."""
    if not stack.termination_protection:
        return None
    given = {"pending_window": cdk.Duration.days(7), **fixed}
    return resources.key(stack, "Backups", **given)


def fix_key(stack: cdk.Stack) -> None:
    fault_key(
        stack,
        pending_window=cdk.Duration.days(30),
    )
