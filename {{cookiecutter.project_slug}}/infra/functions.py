"""Lambda functions, each with its own role, log group and alarms."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from infra.common import base_of
from infra.environment.function import FunctionSize
from infra.log_group import LogGroup
from infra.settings import PROJECT
from tap_guardrails import permissions
from tap_project.cdk import label_of, output
from tap_project.layer import acknowledge_runtime, dependencies_layer
from tap_project.permissions import Usable, allow, allow_declared, allow_keys, usable
from tap_project.rollout import publish, qualifier, snap_start

RUNTIME = lambda_.Runtime.PYTHON_{{ cookiecutter.python_version | replace('.', '_') }}
SERVICE = Path(__file__).resolve().parent.parent / "service"


class ServiceFunction(Construct):
    """A function whose role is generated from the PERMISSIONS of its handler module.

    It is traced, has its own log group, and notifies of errors and throttles. The role accepts no
    grants of other constructs, because CDK's grants are wider than what is needed.

    Callers invoke `target`, which is an alias if the settings' release needs one.

    Args:
        handler: module and function in service/, such as `api.handler`.
        size: memory and timeout.
        uses: the resources that PERMISSIONS names, by environment variable.
        counts: a metric that the code publishes, for the dashboard.

    Raises:
        InvalidPermissionsError: PERMISSIONS and `uses` name different variables.
    """

    # Minutes with an error that roll a canary back.
    failing_minutes = 1

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        size: FunctionSize,
        uses: Mapping[str, IConstruct | Usable],
        counts: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        settings = base.settings
        name = handler.split(".", maxsplit=1)[0]
        self.label = label_of(self)
        self.size = size
        self._service, self._namespace = f"{PROJECT}-{name}", f"{PROJECT}-{settings.name}"
        self.log_group = LogGroup(self, "Logs")
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        allow(
            self.role,
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [self.log_group.log_group_arn],
        )
        if settings.traced:
            allow(
                self.role,
                ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                ["*"],
                reason="X-Ray has no resources to name",
            )
        used = {variable: usable(resource) for variable, resource in uses.items()}
        self._allow_declared(f"{name}.py", used)
{% if cookiecutter.__has_network %}
        base.network.allow_interfaces(self.role)
{% endif %}
        self.resource = lambda_.Function(
            self,
            "Function",
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(SERVICE), exclude=["**/__pycache__/**"]),
            environment={
                "POWERTOOLS_LOG_LEVEL": settings.log_level,
                "POWERTOOLS_SERVICE_NAME": self._service,
                "POWERTOOLS_METRICS_NAMESPACE": self._namespace,
                **({} if settings.traced else {"POWERTOOLS_TRACE_DISABLED": "true"}),
                **{variable: resource.value for variable, resource in used.items()},
            },
            handler=handler,
            layers=dependencies_layer(base, RUNTIME),
            log_group=self.log_group,
            memory_size=size.memory_mib,
            role=self.role.without_policy_updates(),
            runtime=RUNTIME,
            snap_start=snap_start(settings.release),
            timeout=cdk.Duration.seconds(size.timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE if settings.traced else lambda_.Tracing.DISABLED,
{% if cookiecutter.__has_network %}
            vpc=base.network.vpc,
            vpc_subnets=base.network.subnets,
            security_groups=[base.network.security_group],
{% endif %}
        )
        self.target = publish(self, settings.release, base.alarms.notify)
        self.arn, self.name = self.target.function_arn, self.resource.function_name
        self.qualifier = qualifier(self)
        acknowledge_runtime(self.resource, RUNTIME)
        base.alarms.notify(
            self,
            "Throttles",
            metric=self.resource.metric_throttles(),
            threshold=1,
            description=f"Lambda throttled {self.label} for 15 minutes",
        )
        self.watch_errors()
        self._add_widgets(counts)
        output(self, f"{self.label}Arn", self.arn, self.label)

    def counted(self, name: str) -> cloudwatch.Metric:
        """Return the sum of a metric that the function's code publishes."""
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"service": self._service},
            statistic=cloudwatch.Stats.SUM,
        )

    def watch_errors(self) -> None:
        """Notify of an error, and not again before an hour without errors."""
        base_of(self).alarms.notify(
            self,
            "Errors",
            # Without FILL, CloudWatch looks further back where a period has no data, and an error
            # that is older than an hour notifies again.
            metric=cloudwatch.MathExpression(
                expression="FILL(errors, 0)",
                using_metrics={"errors": self.resource.metric_errors()},
                label="Errors",
            ),
            threshold=1,
            description=f"{self.label} raised an error or timed out",
            evaluation_periods=12,
            datapoints_to_alarm=1,
        )

    def _allow_declared(self, module: str, used: Mapping[str, Usable]) -> None:
        """Allow what the handler module declares; the resources' keys included."""
        for permission in permissions.declared(SERVICE / module, used):
            resource = used.get(permission.variable)
            allow_declared(self.role, permission, resource, f"service/{module}")
{% if cookiecutter.__has_own_network %}
            base_of(self).network.open_to(resource, permission)
{% endif %}
        allow_keys(self.role, used.values())

    def _add_widgets(self, counts: str | None) -> None:
        counted = [self.counted(counts)] if counts else []
        base_of(self).dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{self.label}: invocations and failures",
                left=[self.resource.metric_invocations(), *counted],
                right=[self.resource.metric_errors(), self.resource.metric_throttles()],
                width=12,
            ),
            cloudwatch.GraphWidget(
                title=f"{self.label}: duration",
                left=[
                    self.resource.metric_duration(statistic=cloudwatch.Stats.p(50)),
                    self.resource.metric_duration(statistic=cloudwatch.Stats.p(99)),
                ],
                width=12,
            ),
        )
