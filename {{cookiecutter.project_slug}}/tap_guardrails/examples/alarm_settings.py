"""Examples of the rules on the settings of alarms."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs


def tap121_bad(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=cdk.Duration.seconds(30),
    )
    slow = report.metric_duration(statistic="p99")
    slow.create_alarm(stack, "Slow", threshold=60_000, evaluation_periods=3)


def tap121_good(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=cdk.Duration.seconds(30),
    )
    slow = report.metric_duration(statistic="p99")
    slow.create_alarm(stack, "Slow", threshold=20_000, evaluation_periods=3)


def tap122_bad(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    errors = report.metric_errors(statistic="SampleCount")
    errors.create_alarm(stack, "Errors", threshold=1, evaluation_periods=1)


def tap122_good(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    errors = report.metric_errors(statistic=cloudwatch.Stats.SUM)
    errors.create_alarm(stack, "Errors", threshold=1, evaluation_periods=1)


def tap123_bad(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Orders")
    age = queue.metric_approximate_age_of_oldest_message(period=cdk.Duration.hours(1))
    age.create_alarm(stack, "Age", threshold=900, evaluation_periods=12)


def tap123_good(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Orders")
    age = queue.metric_approximate_age_of_oldest_message(period=cdk.Duration.minutes(5))
    age.create_alarm(stack, "Age", threshold=900, evaluation_periods=3)


def tap124_bad(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    report.metric_errors().create_alarm(
        stack,
        "Errors",
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
    )


def tap124_good(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    report.metric_errors().create_alarm(
        stack,
        "Errors",
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )


def tap125_bad(stack: cdk.Stack) -> None:
    queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms")
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "Age", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    critical = sns.SubscriptionFilter.string_filter(allowlist=["critical"])
    topic.add_subscription(
        subscriptions.EmailSubscription("on-call@example.com", filter_policy={"severity": critical})
    )


def tap125_good(stack: cdk.Stack) -> None:
    queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms")
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "Age", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))


def tap126_bad(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Alarms")
    sns.Subscription(
        stack,
        "OnCall",
        topic=topic,
        protocol=sns.SubscriptionProtocol.HTTPS,
        endpoint="on-call@example.com",
    )


def tap126_good(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Alarms")
    sns.Subscription(
        stack,
        "OnCall",
        topic=topic,
        protocol=sns.SubscriptionProtocol.EMAIL,
        endpoint="on-call@example.com",
    )


def tap127_bad(app: cdk.App) -> None:
    for name in ("dev", "prod"):
        stack = cdk.Stack(app, f"Shop-{name}", termination_protection=name == "prod")
        queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms")
        alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
            stack, "Age", threshold=900, evaluation_periods=1
        )
        alarm.add_alarm_action(actions.SnsAction(topic))
        if name == "dev":
            topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))


def tap127_good(app: cdk.App) -> None:
    for name in ("dev", "prod"):
        stack = cdk.Stack(app, f"Shop-{name}", termination_protection=name == "prod")
        queue, topic = sqs.Queue(stack, "Orders"), sns.Topic(stack, "Alarms")
        alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
            stack, "Age", threshold=900, evaluation_periods=1
        )
        alarm.add_alarm_action(actions.SnsAction(topic))
        topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))


def tap128_bad(stack: cdk.Stack) -> None:
    cloudwatch.Dashboard(stack, "Dashboard")


def tap128_good(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    dashboard = cloudwatch.Dashboard(stack, "Dashboard")
    dashboard.add_widgets(cloudwatch.GraphWidget(left=[report.metric_errors()]))


def tap129_bad(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Orders")
    arn = stack.format_arn(service="sns", account="444455556666", resource="alarms")
    topic = sns.Topic.from_topic_arn(stack, "Alarms", arn)
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "Age", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))


def tap129_good(stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Orders")
    topic = sns.Topic(stack, "Alarms")
    alarm = queue.metric_approximate_age_of_oldest_message().create_alarm(
        stack, "Age", threshold=900, evaluation_periods=1
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
