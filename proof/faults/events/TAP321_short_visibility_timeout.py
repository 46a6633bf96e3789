"""Leave the visibility timeout at the default of 30 seconds."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def _queue_and_function(stack: cdk.Stack, **given: Any) -> tuple[sqs.Queue, lambda_.Function]:
    dead_letters = resources.queue(stack, "DeadLetters")
    kept = sqs.DeadLetterQueue(max_receive_count=3, queue=dead_letters)
    retention = cdk.Duration.days(4)
    queue = resources.queue(
        stack, "Jobs", dead_letter_queue=kept, retention_period=retention, **given
    )
    polling = resources.polling(queue)
    return queue, resources.function(stack, "Works", "batches.handler", polling)


def fault(stack: cdk.Stack, **fixed: Any) -> sqs.Queue:
    queue, function = _queue_and_function(stack, **fixed)
    function.add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )
    return queue


def fix(stack: cdk.Stack) -> None:
    timeout_seconds = 10
    fault(stack, visibility_timeout=cdk.Duration.seconds(6 * timeout_seconds))


def fault_twice(stack: cdk.Stack) -> sqs.Queue:
    """Set the visibility timeout to twice the timeout of the function."""
    return fault(stack, visibility_timeout=cdk.Duration.seconds(20))


def fault_alias(stack: cdk.Stack) -> sqs.Queue:
    """Set a visibility timeout that is too short for a function behind an alias."""
    queue, function = _queue_and_function(stack, visibility_timeout=cdk.Duration.seconds(11))
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    alias.add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )
    return queue
