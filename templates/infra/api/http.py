{% set caller = {'iam': 'identity.userArn', 'cognito': 'authorizer.claims.sub'}[cookiecutter.api_auth] %}
"""The HTTP API."""

import json

from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.api_alarms import watch_api
from infra.authorization import Authorization
from infra.bucket import Bucket
from infra.common import base_of
from infra.functions import ServiceFunction
from infra.log_group import LogGroup
from infra.settings import PROJECT
from infra.table import Index, Table
from service import names
from tap_project.cdk import level_1, output
from tap_project.openapi import Document

ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "caller": "$context.{{ caller }}",
        "time": "$context.requestTimeEpoch",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "status": "$context.status",
        "latency": "$context.responseLatency",
        "error": "$context.error.message",
        "integrationError": "$context.integrationErrorMessage",
    }
)
# The newest items first.
NEWEST_FIRST = Index(names.INDEX, names.INDEX_PARTITION_KEY, names.INDEX_SORT_KEY)


class Api(Construct):
    """An HTTP API that authorizes, throttles and logs each request; the function validates."""

    def __init__(
        self, scope: Construct, construct_id: str, *, table: Table, bucket: Bucket
    ) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        settings = base.settings.api
        function = ServiceFunction(
            self,
            "Function",
            handler="api.handler",
            size=settings.function,
            uses={"TABLE_NAME": table, "BUCKET_NAME": bucket},
            counts="ItemsCreated",
        )
        authorization = Authorization(self, "Authorization")
        self.http_api = apigatewayv2.HttpApi(
            self,
            "HttpApi",
            api_name=f"{PROJECT}-{base.settings.name}",
            create_default_stage=False,
            default_authorizer=authorization.authorizer,
            description=f"{PROJECT} ({base.settings.name})",
        )
        self._document = Document.read()
        self.add_routes(function, *self._document.routes("api"))
        stage = self.http_api.add_stage(
            "Live",
            auto_deploy=True,
            stage_name="live",
            throttle=apigatewayv2.ThrottleSettings(
                burst_limit=settings.burst_limit, rate_limit=settings.rate_limit
            ),
        )
        self._log_requests(stage)
        watch_api(self, self.http_api, timeout_seconds=settings.function.timeout_seconds)
        url = f"{self.http_api.api_endpoint}/live/"
        invoke_arn = self.http_api.arn_for_execute_api(stage="live")
        output(self, f"{construct_id}Url", url, f"{construct_id}: its URL")
        output(self, f"{construct_id}Arn", invoke_arn, f"{construct_id}: ARN for IAM policies")

    def add_routes(self, function: ServiceFunction, *routes: str) -> None:
        """Send the requests of routes to a function.

        Args:
            function: answers the requests.
            routes: method and path of each, such as `GET /items/{id}`.

        Raises:
            OperationError: openapi.json lacks a route.
        """
        integration = integrations.HttpLambdaIntegration("Integration", function.target)
        for operation in map(self._document.operation, routes):
            self.http_api.add_routes(
                path=operation.path,
                methods=[apigatewayv2.HttpMethod[operation.method]],
                integration=integration,
            )

    def _log_requests(self, stage: apigatewayv2.IStage) -> None:
        """Write an access log; in Python only the L1 stage accepts its format.

        API Gateway adds each log group to a resource policy of the account, which holds 5,120
        characters; log groups with this prefix share one entry.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
        """
        name = f"/aws/vendedlogs/apigateway/{base_of(self).stack_name}-{self.node.id}"
        log_group = LogGroup(self, "AccessLogs", name=name)
        settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=ACCESS_LOG
        )
        level_1(stage, apigatewayv2.CfnStage).access_log_settings = settings
