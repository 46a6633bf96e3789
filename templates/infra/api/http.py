"""The front door: an HTTP API over the table."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.alarms import failure_rate
from infra.authorization import Authorization
from infra.functions import Platform, ServiceFunction
from infra.settings import PROJECT
from infra.storage import DOCUMENTS, Storage
from infra.table import Table

ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "caller": "$context.{{ 'identity.userArn' if cookiecutter.api_auth == 'iam' else 'authorizer.claims.sub' }}",
        "time": "$context.requestTimeEpoch",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "status": "$context.status",
        "latency": "$context.responseLatency",
        "error": "$context.error.message",
        "integrationError": "$context.integrationErrorMessage",
    }
)
ROUTES = {
    "/items": [apigatewayv2.HttpMethod.GET, apigatewayv2.HttpMethod.POST],
    "/items/{id}": [apigatewayv2.HttpMethod.GET, apigatewayv2.HttpMethod.DELETE],
    "/items/{id}/document": [apigatewayv2.HttpMethod.GET],
}


class Api(Construct):
    """An HTTP API that authorizes, throttles and logs each request; the function validates."""

{% include 'infra/api/_function.py' %}
        self.http_api = apigatewayv2.HttpApi(
            self,
            "HttpApi",
            api_name=f"{PROJECT}-{settings.name}",
            create_default_stage=False,
            default_authorizer=authorization.authorizer,
            description=f"{PROJECT} ({settings.name})",
        )
        integration = integrations.HttpLambdaIntegration("Integration", self.function.function)
        for path, methods in ROUTES.items():
            self.http_api.add_routes(path=path, methods=methods, integration=integration)
        self.stage = self.http_api.add_stage(
            "Live",
            auto_deploy=True,
            stage_name="live",
            throttle=apigatewayv2.ThrottleSettings(
                burst_limit=settings.api_burst_limit, rate_limit=settings.api_rate_limit
            ),
        )
        self._log_to(access_logs)
        platform.alarms.page(
            self,
            "ServerErrors",
            metric=failure_rate(
                failed=self.http_api.metric_server_error(statistic=cloudwatch.Stats.SUM),
                total=self.http_api.metric_count(),
                provided="failed >= 3 || failed * 2 >= total",
                period=cdk.Duration.minutes(5),
            ),
            threshold=1,
            description="The API answered 1 % of requests with a 5xx status for 15 minutes",
        )
        platform.alarms.page(
            self,
            "Latency",
            metric=self.http_api.metric_latency(statistic=cloudwatch.Stats.p(99)),
            threshold=settings.api_function.timeout_seconds * 1000 * 0.25,
            description="The slowest hundredth of requests took a quarter of the timeout",
        )

    @property
    def arn(self) -> str:
        """The ARN under which `execute-api:Invoke` is allowed."""
        return self.http_api.arn_for_execute_api(stage="live")

    @property
    def url(self) -> str:
        """Where the API is called, with a slash at the end."""
        return f"{self.http_api.api_endpoint}/live/"

    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the API."""
        return [
            cloudwatch.GraphWidget(
                title="API: requests and errors",
                left=[self.http_api.metric_count()],
                right=[self.http_api.metric_client_error(), self.http_api.metric_server_error()],
                width=12,
            ),
            cloudwatch.GraphWidget(
                title="API: latency",
                left=[
                    self.http_api.metric_latency(statistic=cloudwatch.Stats.p(50)),
                    self.http_api.metric_latency(statistic=cloudwatch.Stats.p(99)),
                ],
                width=12,
            ),
        ]

    def _log_to(self, log_group: logs.ILogGroup) -> None:
        """Write an access log; in Python only the L1 stage takes its format."""
        stage = self.stage.node.default_child
        if not isinstance(stage, apigatewayv2.CfnStage):
            raise TypeError(f"the stage's default child is {stage!r}, not a CfnStage")
        stage.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=ACCESS_LOG
        )
