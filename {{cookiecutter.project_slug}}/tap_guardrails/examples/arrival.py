"""Examples of the rules on events that arrive."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

PARTIAL = """
def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            print(record["body"])
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""


def tap341_bad(stack: cdk.Stack) -> None:
    events.Rule(
        stack, "Nightly", schedule=events.Schedule.cron(minute="0", hour="3"), enabled=False
    )


def tap341_good(stack: cdk.Stack) -> None:
    events.Rule(stack, "Nightly", schedule=events.Schedule.cron(minute="0", hour="3"), enabled=True)


def tap342_bad(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    uploads = s3.Bucket(stack, "Uploads", event_bridge_enabled=True)
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Uploaded"],
            detail={"bucket": {"name": [uploads.bucket_name]}},
        ),
        targets=[targets.SqsQueue(orders)],
    )


def tap342_good(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    uploads = s3.Bucket(stack, "Uploads", event_bridge_enabled=True)
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": [uploads.bucket_name]}},
        ),
        targets=[targets.SqsQueue(orders)],
    )


def tap343_bad(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    rule = events.Rule(stack, "Paid", event_pattern=events.EventPattern(source=["shop.orders"]))
    reason = events.RuleTargetInput.from_object({"reason": "paid"})
    rule.add_target(targets.LambdaFunction(report, event=reason))


def tap343_good(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    rule = events.Rule(stack, "Paid", event_pattern=events.EventPattern(source=["shop.orders"]))
    rule.add_target(targets.LambdaFunction(report))


def tap344_bad(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    rule = events.Rule(stack, "Paid", event_pattern=events.EventPattern(source=["shop.orders"]))
    rule.add_target(
        targets.LambdaFunction(report, max_event_age=cdk.Duration.minutes(5), retry_attempts=0)
    )


def tap344_good(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    rule = events.Rule(stack, "Paid", event_pattern=events.EventPattern(source=["shop.orders"]))
    rule.add_target(
        targets.LambdaFunction(report, max_event_age=cdk.Duration.hours(6), retry_attempts=10)
    )


def tap345_bad(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    orders = sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
        retention_period=cdk.Duration.hours(1),
        visibility_timeout=cdk.Duration.minutes(30),
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap345_good(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    orders = sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.minutes(30),
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap346_bad(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    orders = sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=1, queue=dead_letters),
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap346_good(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    orders = sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap347_bad(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(
        stack,
        "DeadLetters",
        redrive_allow_policy=sqs.RedriveAllowPolicy(
            redrive_permission=sqs.RedrivePermission.DENY_ALL
        ),
    )
    sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
    )


def tap347_good(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(
        stack,
        "DeadLetters",
        redrive_allow_policy=sqs.RedriveAllowPolicy(
            redrive_permission=sqs.RedrivePermission.ALLOW_ALL
        ),
    )
    sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
    )


def tap348_bad(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    inserted = lambda_.FilterCriteria.filter({"eventName": ["CREATE"]})
    worker.add_event_source(
        event_sources.DynamoEventSource(
            table, starting_position=lambda_.StartingPosition.LATEST, filters=[inserted]
        )
    )


def tap348_good(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    inserted = lambda_.FilterCriteria.filter({"eventName": ["INSERT"]})
    worker.add_event_source(
        event_sources.DynamoEventSource(
            table, starting_position=lambda_.StartingPosition.LATEST, filters=[inserted]
        )
    )


def tap349_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(PARTIAL),
    )


def tap349_good(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(PARTIAL),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders, report_batch_item_failures=True))
