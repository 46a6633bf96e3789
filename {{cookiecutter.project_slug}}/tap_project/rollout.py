"""Aliases of functions, which CodeDeploy shifts from one version to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from tap_project.cdk import acknowledge, domain_suffix, label_of, level_1
from tap_project.permissions import allow
from tap_project.release import Release

ALIAS = "live"
# Metrics of a minute are complete two or three minutes later, so that an alarm on five minutes of
# errors would not act within the shortest canary.
PERIOD = cdk.Duration.minutes(1)
PERIODS = 5


class Releasable(Protocol):
    """A construct with a function.

    `failing_minutes` is the number of minutes with an error of the new version, of the last five,
    that roll a canary back.
    """

    resource: lambda_.Function
    failing_minutes: int


class Released(Protocol):
    """A construct with a function, and what its callers invoke."""

    resource: lambda_.Function
    target: lambda_.Function | lambda_.Alias


def snap_start(release: Release) -> lambda_.SnapStartConf | None:
    """Return the setting of a function for snapshots; None: no snapshots."""
    return lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if release.snap_start else None


def publish(
    owner: Releasable, release: Release, notify: Callable[..., None]
) -> lambda_.Function | lambda_.Alias:
    """Return what the callers of a function invoke: the function, or its alias.

    A function that is released all at once and without snapshots has neither version nor alias.
    The previous version is deleted when all invocations go to the new one: a version with a
    snapshot is billed as long as it exists.

    Args:
        owner: the construct with the function.
        release: how it is released.
        notify: adds an alarm, as `Alarms.notify` does.
    """
    function, scope = owner.resource, cast("Construct", owner)
    if release.canary is None and not release.snap_start:
        return function
    if release.snap_start:
        finding = "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish"
        acknowledge(function, finding, "Its callers invoke an alias of a published version")
    alias = lambda_.Alias(scope, "Live", alias_name=ALIAS, version=function.current_version)
    if release.canary is not None:
        notify(
            scope,
            "NewVersion",
            metric=_errors(function, function.current_version),
            threshold=1,
            description=f"The new version of {label_of(scope)} raised errors: it is rolled back",
            evaluation_periods=PERIODS,
            datapoints_to_alarm=owner.failing_minutes,
        )
        alarm = scope.node.find_child("NewVersion")
        _shift(scope, alias, function, alarm, release.canary)
    return alias


def qualifier(function: Released) -> str:
    """Return the qualifier of what the callers of a function invoke.

    That of an alias is a part of its ARN, so that what has it is created after the alias.
    """
    if function.target is function.resource:
        return "$LATEST"
    return cdk.Fn.select(7, cdk.Fn.split(":", function.target.function_arn))


def add_event_source(function: Released, source: lambda_.IEventSource) -> None:
    """Let Lambda poll a queue or stream for the target of a function.

    The event source mapping keeps its logical id when the function gets an alias, or loses it: a
    new one would read a stream from its beginning again.
    """
    known = {child.node.id for child in function.resource.node.children}
    function.resource.add_event_source(source)
    if function.target is function.resource:
        return
    for child in function.resource.node.children:
        if isinstance(child, lambda_.EventSourceMapping) and child.node.id not in known:
            mapping = level_1(child, lambda_.CfnEventSourceMapping)
            mapping.function_name = function.target.function_arn


def _errors(function: lambda_.Function, version: lambda_.IVersion) -> cloudwatch.Metric:
    """Return the errors of one version, which Lambda counts while the alias has two.

    Errors of the previous version don't prevent the release that corrects them.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
    """
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions_map={
            "FunctionName": function.function_name,
            "Resource": f"{function.function_name}:{ALIAS}",
            "ExecutedVersion": version.version,
        },
        period=PERIOD,
        statistic=cloudwatch.Stats.SUM,
    )


def _shift(
    scope: Construct,
    alias: lambda_.Alias,
    function: lambda_.Function,
    alarm: Any,
    canary: str,
) -> None:
    """Let CodeDeploy shift the alias to each new version, and back if the alarm fires."""
    # Only projects with a canary load this module.
    from aws_cdk import aws_codedeploy as codedeploy

    stack = cdk.Stack.of(alias)
    application = stack.node.try_find_child("Releases")
    if not isinstance(application, codedeploy.LambdaApplication):
        application = codedeploy.LambdaApplication(stack, "Releases")
    role = _role(stack)
    # The policy names the function and not the alias, which depends on it.
    allow(
        role,
        ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
        [function.function_arn, f"{function.function_arn}:*"],
        reason="CodeDeploy moves the alias between versions, whose numbers are not known before",
    )
    group = codedeploy.LambdaDeploymentGroup(
        scope,
        "Release",
        alarms=[alarm],
        alias=alias,
        application=application,
        auto_rollback=codedeploy.AutoRollbackConfig(
            deployment_in_alarm=True, failed_deployment=True, stopped_deployment=True
        ),
        deployment_config=codedeploy.LambdaDeploymentConfig.from_lambda_deployment_config_name(
            scope, "Canary", canary
        ),
        role=role.without_policy_updates(),
    )
    group.node.add_dependency(role)


def _role(stack: cdk.Stack) -> iam.Role:
    """Return the stack's role for CodeDeploy, without the managed policy for all functions.

    A deployment by CloudFormation reads nothing from S3 and has no hooks, for which the managed
    policy has permissions on all buckets and functions.
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html
    """
    existing = stack.node.try_find_child("ReleaseRole")
    if isinstance(existing, iam.Role):
        return existing
    domain = domain_suffix(stack.region)
    # https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
    service = "codedeploy" if domain == "amazonaws.com" else f"codedeploy.{stack.region}"
    role = iam.Role(stack, "ReleaseRole", assumed_by=iam.ServicePrincipal(f"{service}.{domain}"))
    allow(
        role,
        ["cloudwatch:DescribeAlarms"],
        ["*"],
        reason="A call that describes alarms by name needs permission for all of them",
    )
    return role
