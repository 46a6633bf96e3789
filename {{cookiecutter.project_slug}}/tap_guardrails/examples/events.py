"""Examples of the rules on queues, streams, rules and schedules."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

DONE = """
def handler(event, context):
    for record in event["Records"]:
        print(record["body"])
"""
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


def tap318_bad(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
        role=role.without_policy_updates(),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap318_good(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            resources=[orders.queue_arn],
        )
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
        role=role.without_policy_updates(),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap321_bad(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
        timeout=cdk.Duration.minutes(1),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap321_good(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders", visibility_timeout=cdk.Duration.minutes(6))
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
        timeout=cdk.Duration.minutes(1),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap322_bad(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap322_good(stack: cdk.Stack) -> None:
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
        code=lambda_.Code.from_inline(DONE),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap323_bad(stack: cdk.Stack) -> None:
    orders = dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
    )
    worker.add_event_source(
        event_sources.DynamoEventSource(
            orders, starting_position=lambda_.StartingPosition.TRIM_HORIZON
        )
    )


def tap323_good(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    orders = dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
    )
    worker.add_event_source(
        event_sources.DynamoEventSource(
            orders,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            bisect_batch_on_error=True,
            max_record_age=cdk.Duration.hours(6),
            on_failure=event_sources.SqsDlq(dead_letters),
            retry_attempts=5,
        )
    )


def tap324_bad(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(DONE),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap324_good(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(PARTIAL),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders, report_batch_item_failures=True))


def tap325_bad(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Releases")
    notify = lambda_.Function(
        stack,
        "Notify",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    topic.add_subscription(subscriptions.LambdaSubscription(notify))


def tap325_good(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Releases")
    failures = sqs.Queue(stack, "Failures", retention_period=cdk.Duration.days(14))
    notify = lambda_.Function(
        stack,
        "Notify",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    notify.configure_async_invoke(on_failure=destinations.SqsDestination(failures))
    topic.add_subscription(subscriptions.LambdaSubscription(notify))


def tap326_bad(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    nightly = events.Rule(stack, "Nightly", schedule=events.Schedule.cron(minute="0", hour="3"))
    nightly.add_target(targets.LambdaFunction(report))


def tap326_good(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    nightly = events.Rule(stack, "Nightly", schedule=events.Schedule.cron(minute="0", hour="3"))
    nightly.add_target(targets.LambdaFunction(report, dead_letter_queue=dead_letters))


def tap327_bad(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
    report.grant_invoke(role)
    scheduler.CfnSchedule(
        stack,
        "Nightly",
        flexible_time_window={"mode": "OFF"},
        schedule_expression="cron(0 3 * * ? *)",
        target=scheduler.CfnSchedule.TargetProperty(
            arn=report.function_arn,
            role_arn=role.role_arn,
            dead_letter_config={"arn": dead_letters.queue_arn},
        ),
    )


def tap327_good(stack: cdk.Stack) -> None:
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
    report.grant_invoke(role)
    role.add_to_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn])
    )
    scheduler.CfnSchedule(
        stack,
        "Nightly",
        flexible_time_window={"mode": "OFF"},
        schedule_expression="cron(0 3 * * ? *)",
        target=scheduler.CfnSchedule.TargetProperty(
            arn=report.function_arn,
            role_arn=role.role_arn,
            dead_letter_config={"arn": dead_letters.queue_arn},
        ),
    )


def tap328_bad(stack: cdk.Stack) -> None:
    events.Rule(stack, "Nightly", schedule=events.Schedule.cron(hour="3"))


def tap328_good(stack: cdk.Stack) -> None:
    events.Rule(stack, "Nightly", schedule=events.Schedule.cron(minute="0", hour="3"))


def tap329_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", event_bridge_enabled=True)
    resize = lambda_.Function(
        stack,
        "Resize",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    uploads.grant_put(resize, "thumbnails/*")
    created = {"bucket": {"name": [uploads.bucket_name]}}
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"], detail_type=["Object Created"], detail=created
        ),
        targets=[targets.LambdaFunction(resize)],
    )


def tap329_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", event_bridge_enabled=True)
    resize = lambda_.Function(
        stack,
        "Resize",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    uploads.grant_put(resize, "thumbnails/*")
    created = {
        "bucket": {"name": [uploads.bucket_name]},
        "object": {"key": [{"prefix": "incoming/"}]},
    }
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"], detail_type=["Object Created"], detail=created
        ),
        targets=[targets.LambdaFunction(resize)],
    )


def tap330_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": [uploads.bucket_name]}},
        ),
    )


def tap330_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", event_bridge_enabled=True)
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": [uploads.bucket_name]}},
        ),
    )


def tap331_bad(stack: cdk.Stack) -> None:
    topic, orders = sns.Topic(stack, "Paid"), sqs.Queue(stack, "Orders")
    sns.Subscription(
        stack,
        "Subscription",
        topic=topic,
        protocol=sns.SubscriptionProtocol.SQS,
        endpoint=orders.queue_arn,
    )


def tap331_good(stack: cdk.Stack) -> None:
    topic, orders = sns.Topic(stack, "Paid"), sqs.Queue(stack, "Orders")
    topic.add_subscription(subscriptions.SqsSubscription(orders))
