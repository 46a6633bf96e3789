"""Let a whole batch fail because of one message."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import IConstruct

from proof.faults import resources
from proof.faults.tree import find_all


def _worked_on(stack: cdk.Stack, handler: str) -> tuple[sqs.Queue, lambda_.Function]:
    kept = sqs.DeadLetterQueue(max_receive_count=3, queue=resources.queue(stack, "DeadLetters"))
    queue = resources.queue(
        stack,
        "Jobs",
        dead_letter_queue=kept,
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(60),
    )
    return queue, resources.function(stack, "Works", handler, resources.polling(queue))


def _mapping(stack: cdk.Stack, queue: sqs.Queue) -> IConstruct:
    arn = stack.resolve(queue.queue_arn)
    return next(find_all(stack, lambda_.CfnEventSourceMapping, event_source_arn=arn))


def fault(stack: cdk.Stack, **fixed: Any) -> IConstruct:
    queue, function = _worked_on(stack, "batches.handler")
    function.add_event_source(event_sources.SqsEventSource(queue, max_concurrency=2, **fixed))
    return _mapping(stack, queue)


def fix(stack: cdk.Stack) -> None:
    fault(stack, report_batch_item_failures=True)


def fault_alias(stack: cdk.Stack) -> IConstruct:
    """Report no failures from a handler behind an alias."""
    queue, function = _worked_on(stack, "nothing.handler")
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    alias.add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )
    return _mapping(stack, queue)
