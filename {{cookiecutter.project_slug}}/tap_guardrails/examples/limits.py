"""Examples of the rules on limits."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs


def tap371_bad(stack: cdk.Stack) -> None:
    limits = apigateway.StageOptions(throttling_rate_limit=50_000, throttling_burst_limit=20_000)
    api = apigateway.RestApi(stack, "Orders", deploy_options=limits)
    api.root.add_method("GET")


def tap371_good(stack: cdk.Stack) -> None:
    limits = apigateway.StageOptions(throttling_rate_limit=50, throttling_burst_limit=100)
    api = apigateway.RestApi(stack, "Orders", deploy_options=limits)
    api.root.add_method("GET")


def tap372_bad(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders))


def tap372_good(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders")
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(event_sources.SqsEventSource(orders, max_concurrency=2))


def tap373_bad(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders", visibility_timeout=cdk.Duration.seconds(18))
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(
        event_sources.SqsEventSource(
            orders, batch_size=100, max_batching_window=cdk.Duration.seconds(60)
        )
    )


def tap373_good(stack: cdk.Stack) -> None:
    orders = sqs.Queue(stack, "Orders", visibility_timeout=cdk.Duration.seconds(78))
    worker = lambda_.Function(
        stack,
        "Worker",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    worker.add_event_source(
        event_sources.SqsEventSource(
            orders, batch_size=100, max_batching_window=cdk.Duration.seconds(60)
        )
    )


def tap374_bad(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    reads = table.auto_scale_read_capacity(min_capacity=5, max_capacity=5)
    reads.scale_on_utilization(target_utilization_percent=70)


def tap374_good(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    reads = table.auto_scale_read_capacity(min_capacity=5, max_capacity=100)
    reads.scale_on_utilization(target_utilization_percent=70)


def tap375_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def tap375_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=cdk.Duration.seconds(20),
    )


def tap376_bad(stack: cdk.Stack) -> None:
    cached = apigateway.StageOptions(caching_enabled=True)
    api = apigateway.RestApi(stack, "Orders", deploy_options=cached)
    api.root.add_method("GET")


def tap376_good(stack: cdk.Stack) -> None:
    cached = apigateway.StageOptions(caching_enabled=True, cache_data_encrypted=True)
    api = apigateway.RestApi(stack, "Orders", deploy_options=cached)
    api.root.add_method("GET")
