"""Let a dead-letter queue refuse the messages of its queue."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> sqs.Queue:
    refused = sqs.RedriveAllowPolicy(redrive_permission=sqs.RedrivePermission.DENY_ALL)
    given = {"redrive_allow_policy": refused, **fixed}
    dead_letters = resources.queue(stack, "DeadLetters", **given)
    resources.worked_on(stack, dead_letters)
    return dead_letters


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        redrive_allow_policy=sqs.RedriveAllowPolicy(
            redrive_permission=sqs.RedrivePermission.ALLOW_ALL
        ),
    )
