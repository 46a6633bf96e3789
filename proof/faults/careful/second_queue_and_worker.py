"""A second queue and its worker."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def _worked_on(stack: cdk.Stack) -> tuple[sqs.Queue, lambda_.Function]:
    kept = sqs.DeadLetterQueue(max_receive_count=3, queue=resources.queue(stack, "Failed"))
    queue = resources.queue(
        stack,
        "Jobs",
        dead_letter_queue=kept,
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(60),
    )
    polling = resources.polling(queue)
    return queue, resources.function(stack, "Works", "batches.handler", polling)


def change(stack: cdk.Stack) -> None:
    queue, function = _worked_on(stack)
    function.add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )


def change_alias(stack: cdk.Stack) -> None:
    """A queue worker behind an alias."""
    queue, function = _worked_on(stack)
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    alias.add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )
