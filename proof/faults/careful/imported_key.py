"""An imported key, and a function that uses it."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def _queue(stack: cdk.Stack) -> tuple[kms.IKey, sqs.Queue]:
    name = "11111111-2222-3333-4444-555555555555"
    arn = stack.format_arn(service="kms", resource="key", resource_name=name)
    key = kms.Key.from_key_arn(stack, "Theirs", arn)
    encryption = sqs.QueueEncryption.KMS
    return key, resources.queue(stack, "Jobs", encryption=encryption, encryption_master_key=key)


def change(stack: cdk.Stack) -> None:
    key, queue = _queue(stack)
    resources.function(
        stack,
        "Report",
        "sender.handler",
        resources.allow("sqs:SendMessage", on=queue.queue_arn),
        resources.allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
        environment={"QUEUE_URL": queue.queue_url},
    )


def change_dead_letters(stack: cdk.Stack) -> None:
    """A dead-letter queue of a rule with an imported key."""
    key, queue = _queue(stack)
    function = resources.function(
        stack,
        "Report",
        "nothing.handler",
        resources.allow("sqs:SendMessage", on=queue.queue_arn),
        resources.allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
    )
    function.configure_async_invoke(on_failure=destinations.SqsDestination(queue))
    lost = function.metric("DestinationDeliveryFailures", statistic="Sum")
    resources.alarm(stack, "FailuresLost", lost)
    rule = events.Rule(
        stack,
        "Health",
        event_pattern=events.EventPattern(source=["aws.health"]),
        targets=[targets.LambdaFunction(function, dead_letter_queue=queue)],
    )
    undelivered = cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name="InvocationsFailedToBeSentToDlq",
        dimensions_map={"RuleName": rule.rule_name},
        statistic="Sum",
    )
    resources.alarm(stack, "HealthLost", undelivered)
