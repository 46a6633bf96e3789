"""A queue worker behind an alias that CodeDeploy shifts."""

import aws_cdk as cdk
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from proof.faults import resources
from proof.faults.tree import level_1


def change(stack: cdk.Stack) -> None:
    kept = sqs.DeadLetterQueue(max_receive_count=3, queue=resources.queue(stack, "Failed"))
    queue = resources.queue(
        stack,
        "Jobs",
        dead_letter_queue=kept,
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(60),
    )
    function = resources.function(stack, "Works", "batches.handler", resources.polling(queue))
    resources.canary(stack, function).add_event_source(
        event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    )


def change_linear(stack: cdk.Stack) -> None:
    """An alias that CodeDeploy shifts in steps, with the managed policy."""
    function = resources.function(stack, "Works")
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    errors = function.metric_errors(period=cdk.Duration.minutes(5))
    codedeploy.LambdaDeploymentGroup(
        stack,
        "Shift",
        alarms=[resources.alarm(stack, "LiveErrors", errors)],
        alias=alias,
        deployment_config=codedeploy.LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_1_MINUTE,
    )


def change_snapshots(stack: cdk.Stack) -> None:
    """A caller of a version with a snapshot."""
    function = resources.function(stack, "Works")
    level_1(function).snap_start = lambda_.CfnFunction.SnapStartProperty(
        apply_on="PublishedVersions"
    )
    calling = resources.allow(
        "lambda:InvokeFunction", on=f"{function.current_version.function_arn}"
    )
    environment = {"WORKER_NAME": function.current_version.function_arn}
    resources.function(stack, "Calls", "caller.handler", calling, environment=environment)
