"""Examples of the rules on alarms."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs


def tap101_bad(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Orders")
    cloudwatch.Alarm(
        stack,
        "OrdersAge",
        metric=queue.metric_approximate_age_of_oldest_message(),
        threshold=900,
        evaluation_periods=1,
    )


def tap101_good(stack: cdk.Stack) -> None:
    queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms")
    alarm = cloudwatch.Alarm(
        stack,
        "OrdersAge",
        metric=queue.metric_approximate_age_of_oldest_message(),
        threshold=900,
        evaluation_periods=1,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap102_bad(stack: cdk.Stack) -> None:
    table = dynamodb.TableV2.from_table_name(stack, "Orders", "orders")
    cloudwatch.Alarm(
        stack,
        "OrdersThrottled",
        metric=table.metric("WriteThrottleEvents", statistic="Sum"),
        threshold=1,
        evaluation_periods=1,
    )


def tap102_good(stack: cdk.Stack) -> None:
    table = dynamodb.TableV2.from_table_name(stack, "Orders", "orders")
    cloudwatch.Alarm(
        stack,
        "OrdersThrottled",
        metric=table.metric("WriteThrottleEvents", statistic="Sum"),
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )


def tap103_bad(stack: cdk.Stack) -> None:
    queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms", enforce_ssl=True)
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "OrdersAge", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap103_good(stack: cdk.Stack) -> None:
    queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms", enforce_ssl=True)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "OrdersAge", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap104_bad(stack: cdk.Stack) -> None:
    key, queue = kms.Key(stack, "Key"), sqs.Queue(stack, "Orders")
    topic = sns.Topic(stack, "Alarms", master_key=key)
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "OrdersAge", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap104_good(stack: cdk.Stack) -> None:
    key, queue = kms.Key(stack, "Key"), sqs.Queue(stack, "Orders")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
        )
    )
    topic = sns.Topic(stack, "Alarms", master_key=key)
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "OrdersAge", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap105_bad(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Alarms")
    topic.add_subscription(subscriptions.EmailSubscription("on-call at example.com"))


def tap105_good(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Alarms")
    topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))


def tap106_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    cloudwatch.Metric(
        namespace="AWS/S3",
        metric_name="5xxErrors",
        dimensions_map={"BucketName": uploads.bucket_name},
    ).create_alarm(stack, "UploadsErrors", threshold=1, evaluation_periods=1)


def tap106_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", metrics=[s3.BucketMetrics(id="EntireBucket")])
    cloudwatch.Metric(
        namespace="AWS/S3",
        metric_name="5xxErrors",
        dimensions_map={"BucketName": uploads.bucket_name, "FilterId": "EntireBucket"},
    ).create_alarm(stack, "UploadsErrors", threshold=1, evaluation_periods=1)


def tap107_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    cloudwatch.Metric(
        namespace="AWS/S3",
        metric_name="5xxErrors",
        dimensions_map={"BucketName": uploads.bucket_name, "FilterId": "EntireBucket"},
    ).create_alarm(stack, "UploadsErrors", threshold=1, evaluation_periods=1)


def tap107_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    uploads.add_metric(id="EntireBucket")
    cloudwatch.Metric(
        namespace="AWS/S3",
        metric_name="5xxErrors",
        dimensions_map={"BucketName": uploads.bucket_name, "FilterId": "EntireBucket"},
    ).create_alarm(stack, "UploadsErrors", threshold=1, evaluation_periods=1)


def tap108_bad(stack: cdk.Stack) -> None:
    orders = dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        max_write_request_units=100,
    )
    consumed = orders.metric_consumed_write_capacity_units(period=cdk.Duration.minutes(5))
    consumed.create_alarm(stack, "OrdersBusy", threshold=0.8 * 100, evaluation_periods=3)


def tap108_good(stack: cdk.Stack) -> None:
    orders = dynamodb.Table(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        max_write_request_units=100,
    )
    consumed = orders.metric_consumed_write_capacity_units(period=cdk.Duration.minutes(5))
    consumed.create_alarm(stack, "OrdersBusy", threshold=0.8 * 100 * 300, evaluation_periods=3)


def tap109_bad(app: cdk.App) -> None:
    for environment in ("dev", "prod"):
        stack = cdk.Stack(app, f"Shop-{environment}")
        api = apigateway.RestApi(stack, "Api", rest_api_name="orders")
        api.root.add_method("GET")


def tap109_good(app: cdk.App) -> None:
    for environment in ("dev", "prod"):
        stack = cdk.Stack(app, f"Shop-{environment}")
        api = apigateway.RestApi(stack, "Api", rest_api_name=f"{stack.stack_name}-orders")
        api.root.add_method("GET")


def tap110_bad(stack: cdk.Stack) -> None:
    sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))


def tap110_good(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Alarms")
    dead_letters = sqs.Queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    alarm = cloudwatch.Alarm(
        stack,
        "Failures",
        metric=dead_letters.metric_approximate_number_of_messages_visible(),
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap111_bad(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Releases")
    events.CfnRule(
        stack,
        "Stacks",
        event_pattern={"source": ["aws.cloudformation"]},
        targets=[events.CfnRule.TargetProperty(arn=topic.topic_arn, id="topic")],
    )


def tap111_good(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Releases")
    rule = events.Rule(
        stack, "Stacks", event_pattern=events.EventPattern(source=["aws.cloudformation"])
    )
    rule.add_target(targets.SnsTopic(topic))


def tap112_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"POWERTOOLS_METRICS_NAMESPACE": "shop", "POWERTOOLS_SERVICE_NAME": "orders"},
    )
    failed = cloudwatch.Metric(namespace="shop", metric_name="PaymentsFailed")
    failed.create_alarm(stack, "PaymentsFailed", threshold=1, evaluation_periods=1)


def tap112_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"POWERTOOLS_METRICS_NAMESPACE": "shop", "POWERTOOLS_SERVICE_NAME": "orders"},
    )
    failed = cloudwatch.Metric(
        namespace="shop", metric_name="PaymentsFailed", dimensions_map={"service": "orders"}
    )
    failed.create_alarm(stack, "PaymentsFailed", threshold=1, evaluation_periods=1)


def tap113_bad(stack: cdk.Stack) -> None:
    queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms")
    topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "OrdersAge", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    alarm.add_ok_action(actions.SnsAction(topic))


def tap113_good(stack: cdk.Stack) -> None:
    queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms")
    topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "OrdersAge", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap114_bad(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Orders")
    sent = queue.metric_number_of_messages_sent(period=cdk.Duration.hours(12))
    sent.create_alarm(stack, "NoOrders", threshold=1, evaluation_periods=30)


def tap114_good(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Orders")
    sent = queue.metric_number_of_messages_sent(period=cdk.Duration.hours(12))
    sent.create_alarm(stack, "NoOrders", threshold=1, evaluation_periods=3, datapoints_to_alarm=2)


def tap115_bad(stack: cdk.Stack) -> None:
    table = dynamodb.TableV2.from_table_name(stack, "Orders", "orders")
    throttled = cloudwatch.MathExpression(
        expression="reads + writes",
        using_metrics={
            "reads": table.metric("ReadThrottleEvents", statistic="Sum"),
            "writes": table.metric("WriteThrottleEvents", statistic="Sum"),
        },
    )
    throttled.create_alarm(stack, "OrdersThrottled", threshold=1, evaluation_periods=1)


def tap115_good(stack: cdk.Stack) -> None:
    table = dynamodb.TableV2.from_table_name(stack, "Orders", "orders")
    throttled = cloudwatch.MathExpression(
        expression="SUM(METRICS())",
        using_metrics={
            "reads": table.metric("ReadThrottleEvents", statistic="Sum"),
            "writes": table.metric("WriteThrottleEvents", statistic="Sum"),
        },
    )
    throttled.create_alarm(stack, "OrdersThrottled", threshold=1, evaluation_periods=1)
