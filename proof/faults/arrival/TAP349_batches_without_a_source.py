"""Add a function that processes batches, without an event source."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def _worker(stack: cdk.Stack, *statements: iam.PolicyStatement) -> lambda_.Function:
    return resources.function(stack, "Works", "batches.handler", *statements)


def fault(stack: cdk.Stack) -> lambda_.Function:
    return _worker(stack)


def fix(stack: cdk.Stack) -> None:
    dead_letters = resources.queue(stack, "DeadLetters")
    queue = resources.queue(
        stack,
        "Jobs",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(60),
    )
    function = _worker(stack, resources.polling(queue))
    function.add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )
