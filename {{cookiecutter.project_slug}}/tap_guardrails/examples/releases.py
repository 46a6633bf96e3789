"""Examples of the rules on releases."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs


def tap381_bad(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    codedeploy.LambdaDeploymentGroup(stack, "Release", alias=alias)
    function.add_event_source(event_sources.SqsEventSource(sqs.Queue(stack, "Jobs")))


def tap381_good(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    codedeploy.LambdaDeploymentGroup(stack, "Release", alias=alias)
    alias.add_event_source(event_sources.SqsEventSource(sqs.Queue(stack, "Jobs")))


def tap382_bad(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    alarm = cloudwatch.Alarm(
        stack, "Errors", metric=alias.metric_errors(), threshold=1, evaluation_periods=3
    )
    codedeploy.LambdaDeploymentGroup(
        stack,
        "Release",
        alias=alias,
        alarms=[alarm],
        deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
    )


def tap382_good(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    alarm = cloudwatch.Alarm(
        stack,
        "Errors",
        metric=alias.metric_errors(period=cdk.Duration.minutes(1)),
        threshold=1,
        evaluation_periods=1,
    )
    codedeploy.LambdaDeploymentGroup(
        stack,
        "Release",
        alias=alias,
        alarms=[alarm],
        deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
    )


def tap383_bad(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["lambda:GetAlias", "lambda:UpdateAlias"], resources=[alias.function_arn]
        )
    )
    codedeploy.LambdaDeploymentGroup(
        stack, "Release", alias=alias, role=role.without_policy_updates()
    )


def tap383_good(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["lambda:GetAlias", "lambda:UpdateAlias"],
            resources=[function.function_arn, f"{function.function_arn}:*"],
        )
    )
    codedeploy.LambdaDeploymentGroup(
        stack, "Release", alias=alias, role=role.without_policy_updates()
    )


def tap384_bad(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
    )
    lambda_.Alias(
        stack,
        "Live",
        alias_name="live",
        version=function.current_version,
        provisioned_concurrent_executions=5,
    )


def tap384_good(stack: cdk.Stack) -> None:
    function = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS,
    )
    lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version)
