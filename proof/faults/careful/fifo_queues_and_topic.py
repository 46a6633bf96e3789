"""FIFO queues and a FIFO topic."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    kept = resources.queue(stack, "Failed", fifo=True)
    resources.queue(
        stack,
        "Jobs",
        content_based_deduplication=True,
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=3, queue=kept),
        fifo=True,
        retention_period=cdk.Duration.days(4),
    )
    resources.topic(stack, "News", fifo=True)
