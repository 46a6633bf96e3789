"""Try a message once."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def fault(stack: cdk.Stack, tries: int = 1) -> sqs.Queue:
    dead_letters = resources.queue(stack, "DeadLetters")
    return resources.worked_on(
        stack,
        dead_letters,
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=tries, queue=dead_letters),
    )


def fix(stack: cdk.Stack) -> None:
    fault(stack, 5)
