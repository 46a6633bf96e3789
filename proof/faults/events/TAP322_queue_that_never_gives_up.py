"""Add a queue without a dead-letter queue."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> sqs.Queue:
    hidden = cdk.Duration.seconds(60)
    queue = resources.queue(
        stack, "Jobs", retention_period=cdk.Duration.days(4), visibility_timeout=hidden, **fixed
    )
    polling = resources.polling(queue)
    function = resources.function(stack, "Works", "batches.handler", polling)
    function.add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )
    return queue


def fix(stack: cdk.Stack) -> None:
    dead_letters = resources.queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    fault(
        stack,
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
    )


def fault_retention(stack: cdk.Stack) -> sqs.Queue:
    """Keep dead letters for four days, as long as the messages."""
    days = cdk.Duration.days(4)
    dead_letters = resources.queue(stack, "DeadLetters", retention_period=days)
    fault(stack, dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters))
    return dead_letters
