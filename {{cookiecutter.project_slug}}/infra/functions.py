"""Lambda functions, each with its own role, log group and alarms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
{% if cookiecutter.worker == 'schedule' %}
from aws_cdk import aws_sqs as sqs
{% endif %}
from constructs import Construct

from infra.alarms import Alarms{{ ', failure_rate' if cookiecutter.worker != 'none' else '' }}
from infra.encryption import Encryption
{% if cookiecutter.network != 'none' %}
from infra.network import Network
{% endif %}
from infra.settings import PROJECT, Environment, FunctionSize

ROOT = Path(__file__).resolve().parent.parent
SERVICE = ROOT / "service"
DEPENDENCIES = ROOT / "build" / "dependencies"
RUNTIME = lambda_.Runtime.PYTHON_{{ cookiecutter.python_version | replace('.', '_') }}


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What every function of a stack shares."""

    settings: Environment
    encryption: Encryption
    alarms: Alarms
{% if cookiecutter.network != 'none' %}
    network: Network
{% endif %}
    layers: list[lambda_.ILayerVersion]


class ServiceFunction(Construct):
    """A function that may do only what `allow` was told, is traced, and keeps its own logs.

    The role takes no grants from other constructs: what an event source needs is written beside
    it, because CDK's own grants are wider than that.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        handler: str,
        size: FunctionSize,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        settings = platform.settings
{% if cookiecutter.encryption == 'customer_managed' %}
        self._encryption = platform.encryption
{% endif %}
        name = handler.split(".", maxsplit=1)[0]
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=settings.log_retention,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            **platform.encryption.log_group,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self.log_group.log_group_arn])
        if settings.traced:
            self._allow_tracing()
{% if cookiecutter.network != 'none' %}
        self._allow_network_interfaces(platform.network)
{% endif %}
        self._service, self._namespace = f"{PROJECT}-{name}", f"{PROJECT}-{settings.name}"
        self.function = lambda_.Function(
            self,
            "Function",
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(SERVICE), exclude=["**/__pycache__/**"]),
            environment={
                "POWERTOOLS_SERVICE_NAME": self._service,
                "POWERTOOLS_METRICS_NAMESPACE": self._namespace,
                **({} if settings.traced else {"POWERTOOLS_TRACE_DISABLED": "true"}),
                **environment,
            },
            handler=handler,
            layers=platform.layers,
            log_group=self.log_group,
            memory_size=size.memory_mib,
            role=self.role.without_policy_updates(),
            runtime=RUNTIME,
            timeout=cdk.Duration.seconds(size.timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE if settings.traced else lambda_.Tracing.DISABLED,
{% if cookiecutter.network != 'none' %}
            vpc=platform.network.vpc,
            vpc_subnets=platform.network.subnets,
            security_groups=[platform.network.security_group],
{% endif %}
        )
{% if cookiecutter.python_version != '3.14' %}
        cdk.Validations.of(self.function).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-L1",
                reason="Python {{ cookiecutter.python_version }} was chosen, and Lambda supports it",
            )
        )
{% endif %}
        platform.alarms.notify(
            self,
            "Throttles",
            metric=self.function.metric_throttles(),
            threshold=1,
            description=f"Lambda throttled the {name} function for 15 minutes",
        )
        self._watch_errors(platform, size)

    def allow(
        self,
        actions: Iterable[str],
        resources: Iterable[str],
        *,
        conditions: Mapping[str, Any] | None = None,
        why_wildcard: str | None = None,
    ) -> None:
        """Allow exactly these actions on exactly these resources.

        Args:
            actions: IAM actions, without wildcards.
            resources: ARNs; one with a wildcard needs `why_wildcard`.
            conditions: IAM conditions on the statement.
            why_wildcard: the reason that cdk-nag and the next reader are given.

        Raises:
            ValueError: a resource has a wildcard, and no reason was given.
        """
        resources = list(resources)
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=resources, conditions=conditions)
        )
        for resource in resources:
            if "*" not in resource:
                continue
            if why_wildcard is None:
                raise ValueError(f"{resource!r} has a wildcard; give the reason in why_wildcard")
            acknowledge_wildcard(self.role, resource, why_wildcard)

{% if cookiecutter.encryption == 'customer_managed' %}
    def allow_key(self, services: Iterable[str]) -> None:
        """Allow the stack's key to be used through these services, such as `dynamodb`."""
        self.role.add_to_policy(self._encryption.usage(services))

{% endif %}
    def counted(self, name: str) -> cloudwatch.Metric:
        """Return the sum of a metric that the function's code counts."""
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"service": self._service},
            statistic=cloudwatch.Stats.SUM,
        )

    def widgets(self, title: str, counted: str) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the function, and of the metric that its code counts."""
        return [
            cloudwatch.GraphWidget(
                title=f"{title}: invocations, items and failures",
                left=[self.function.metric_invocations(), self.counted(counted)],
                right=[self.function.metric_errors(), self.function.metric_throttles()],
                width=12,
            ),
            cloudwatch.GraphWidget(
                title=f"{title}: duration",
                left=[
                    self.function.metric_duration(statistic=cloudwatch.Stats.p(50)),
                    self.function.metric_duration(statistic=cloudwatch.Stats.p(99)),
                ],
                width=12,
            ),
        ]
{% if cookiecutter.worker == 'schedule' %}

    def send_failures_to(self, queue: sqs.IQueue, alarms: Alarms) -> None:
        """Send asynchronous events that fail three times, or wait for six hours, to a queue.

        Lambda delivers them as the function's role, so that is what needs the permission.
        """
        self.allow(["sqs:SendMessage"], [queue.queue_arn])
        lambda_.CfnEventInvokeConfig(
            self,
            "Failures",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=queue.queue_arn
                )
            ),
            maximum_event_age_in_seconds=cdk.Duration.hours(6).to_seconds(),
            maximum_retry_attempts=2,
        ).node.add_dependency(self.role)
        alarms.notify(
            self,
            "FailuresLost",
            metric=self.function.metric("DestinationDeliveryFailures", statistic="Sum"),
            threshold=1,
            description="A failed event could not be put on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )
{% endif %}

    def _watch_errors(self, platform: Platform, size: FunctionSize) -> None:
        """Notify of an error, and not again before an hour without errors."""
        platform.alarms.notify(
            self,
            "Errors",
            # Without FILL, CloudWatch looks further back where a period has no data, and an error
            # that is older than an hour notifies again.
            metric=cloudwatch.MathExpression(
                expression="FILL(errors, 0)",
                using_metrics={"errors": self.function.metric_errors()},
                label="Errors",
            ),
            threshold=1,
            description="The function raised an error or timed out",
            evaluation_periods=12,
            datapoints_to_alarm=1,
        )

    def _allow_tracing(self) -> None:
        """Traces go to X-Ray as the function's role."""
        self.allow(
            ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            ["*"],
            why_wildcard="X-Ray has no resources to name",
        )
{% if cookiecutter.network != 'none' %}

    def _allow_network_interfaces(self, network: Network) -> None:
        """Lambda places network interfaces in the VPC as the function's role.

        Before it makes a function, Lambda asks whether the role may do so. It names the subnets and
        the security group then, but no interface, because there is none yet: what is allowed on
        `network-interface/*` alone counts as not allowed, and the deployment fails.
        https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions

        The function's code must not use these permissions: its requests carry
        `lambda:SourceFunctionArn`, and those of the Lambda service don't.
        https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        """
        service_only = {"Null": {"lambda:SourceFunctionArn": "true"}}
        self.allow(
            ["ec2:CreateNetworkInterface"],
            network.interface_arns,
            conditions=service_only,
            why_wildcard="Lambda makes the network interface, so its id is not known before",
        )
        self.allow(
            [
                "ec2:AssignPrivateIpAddresses",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            ["*"],
            conditions=service_only,
            why_wildcard="Lambda checks these before there is a network interface to name",
        )
{% endif %}
{% if cookiecutter.worker != 'none' %}


class WorkerFunction(ServiceFunction):
    """A function whose failed runs are tried again, so that one failure needs no one's attention.

    What keeps failing ends on the dead-letter queue, which has its own alarm.
    """

    def _watch_errors(self, platform: Platform, size: FunctionSize) -> None:
        """Page while runs fail, and notify when they come close to the timeout.

        The tries of one event count as failures each, so a period counts from three on.
{%- if cookiecutter.worker == 'stream' %} One record
        is tried six times; more failures in an hour, and no success, are an outage.
{%- elif cookiecutter.worker != 'schedule' %} One event
        is tried twice an hour; more failures, and no success, are an outage.
{%- endif %}


        An import without time stops before nine tenths of the timeout, which is no reason to notify.
        """
{% if cookiecutter.worker == 'schedule' %}
        period = cdk.Duration.minutes(platform.settings.worker_minutes)
{% else %}
        period = cdk.Duration.minutes(5)
{% endif %}
        platform.alarms.page(
            self,
            "Errors",
            metric=failure_rate(
                failed=self.function.metric_errors(),
                total=self.function.metric_invocations(),
                provided="failed >= 3",
                period=period,
            ),
            threshold=1,
            description="Runs of the worker have failed in three periods in a row",
        )
{% if cookiecutter.worker != 'schedule' %}
        platform.alarms.page(
            self,
            "Outage",
            metric=failure_rate(
                failed=self.function.metric_errors(),
                total=self.function.metric_invocations(),
                provided="failed >= {{ 7 if cookiecutter.worker == 'stream' else 3 }} && failed == total",
                period=cdk.Duration.hours(1),
            ),
            threshold=100,
            description="Every run of the worker failed for an hour",
            evaluation_periods=1,
        )
{% endif %}
        platform.alarms.notify(
            self,
            "Duration",
            metric=self.function.metric_duration(period=period, statistic=cloudwatch.Stats.p(99)),
            threshold=size.timeout_seconds * 1000 * 0.9,
            description="The worker came close to its timeout in three periods in a row",
        )
{% endif %}


def acknowledge_wildcard(role: iam.Role, resource: str, reason: str) -> None:
    """Tell cdk-nag why this one resource of this one role ends in a wildcard."""
    rendered = cdk.Stack.of(role).resolve(resource)
    parts = rendered["Fn::Join"][1] if isinstance(rendered, dict) else [rendered]
    shown = "".join(part if isinstance(part, str) else f"<{_reference(part)}>" for part in parts)
    cdk.Validations.of(role).acknowledge(
        cdk.Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{shown}]", reason=reason)
    )


def _reference(intrinsic: dict[str, Any]) -> str:
    """What a reference points at, in cdk-nag's spelling."""
    return intrinsic["Ref"] if "Ref" in intrinsic else ".".join(intrinsic["Fn::GetAtt"])


def dependencies_layer(scope: Construct) -> list[lambda_.ILayerVersion]:
    """The locked packages that the functions import, vendored by `make install`, as one layer.

    A template that was synthesized without them still shows the stack, but CloudFormation
    refuses to deploy it.
    """
    if DEPENDENCIES.is_dir():
        return [
            lambda_.LayerVersion(
                scope,
                "Dependencies",
                code=lambda_.Code.from_asset(str(DEPENDENCIES)),
                compatible_architectures=[lambda_.Architecture.ARM_64],
                compatible_runtimes=[RUNTIME],
                description="Locked in requirements/lambda.txt",
            )
        ]
    message = "build/dependencies was missing at synth: run 'make install', then deploy again"
    cdk.Annotations.of(scope).add_info(message)
    cdk.CfnRule(
        scope,
        "DependenciesAreVendored",
        assertions=[
            cdk.CfnRuleAssertion(
                assert_=cdk.Fn.condition_equals(cdk.Aws.REGION, "missing"),
                assert_description=message,
            )
        ],
    )
    return []
