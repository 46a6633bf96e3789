"""Retain messages for less time than their tries take."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults import resources

ALSO = {"TAP121"}


def fault(stack: cdk.Stack, **fixed: Any) -> sqs.Queue:
    given = {"retention_period": cdk.Duration.minutes(4), **fixed}
    dead_letters = resources.queue(stack, "DeadLetters")
    return resources.worked_on(stack, dead_letters, **given)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        retention_period=cdk.Duration.days(4),
    )
