{% set caller = {'iam': 'identity.userArn', 'cognito': 'authorizer.claims.sub'}[cookiecutter.api_auth] %}
"""The REST API."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
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
from tap_project.cdk import acknowledge, output
from tap_project.gateway import answer_with_problems, request_models, request_parameters
from tap_project.openapi import Document

ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "traceId": "$context.xrayTraceId",
        "ip": "$context.identity.sourceIp",
        "caller": "$context.{{ caller }}",
        "time": "$context.requestTimeEpoch",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "status": "$context.status",
        "latency": "$context.responseLatency",
        "error": "$context.error.message",
        "integrationError": "$context.integration.error",
    }
)
# The newest items first.
NEWEST_FIRST = Index(names.INDEX, names.INDEX_PARTITION_KEY, names.INDEX_SORT_KEY)


class Api(Construct):
    """A regional REST API that authorizes, validates, throttles, logs and traces each request.

    Its name distinguishes the metrics of two environments: they carry the name, not the id.
    """

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
        # The account has one role for the logs of all its REST APIs. It is retained when this stack
        # is deleted, because the other APIs of the region would lose their logs.
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
            default_method_options=authorization.method_options,
            deploy_options=apigateway.StageOptions(
                access_log_destination=apigateway.LogGroupLogDestination(
                    LogGroup(self, "AccessLogs")
                ),
                access_log_format=apigateway.AccessLogFormat.custom(ACCESS_LOG),
                logging_level=apigateway.MethodLoggingLevel.OFF,
                stage_name="live",
                throttling_burst_limit=settings.burst_limit,
                throttling_rate_limit=settings.rate_limit,
                tracing_enabled=True,
            ),
            description=f"{PROJECT} ({base.settings.name})",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            rest_api_name=f"{PROJECT}-{base.settings.name}",
        )
        self.rest_api.node.try_remove_child("Endpoint")  # an output with a name that CDK chose
        answer_with_problems(self.rest_api)
        self._document = Document.read()
        self._validator = self.rest_api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        self.add_routes(function, *self._document.routes("api"))
{% if not cookiecutter.__has_users %}
        acknowledge(
            self.rest_api,
            "AwsSolutions-COG4",
            "IAM authorizes every request; there is no user pool",
        )
{% endif %}
        self._acknowledge_findings()
        watch_api(self, self.rest_api, timeout_seconds=settings.function.timeout_seconds)
        invoke_arn = self.rest_api.arn_for_execute_api(stage="live")
        output(self, f"{construct_id}Url", self.rest_api.url, f"{construct_id}: its URL")
        output(self, f"{construct_id}Arn", invoke_arn, f"{construct_id}: ARN for IAM policies")

    def add_routes(self, function: ServiceFunction, *routes: str) -> None:
        """Send the requests of routes to a function; openapi.json describes valid requests.

        Args:
            function: answers the requests.
            routes: method and path of each, such as `GET /items/{id}`.

        Raises:
            OperationError: openapi.json lacks a route.
        """
        integration = apigateway.LambdaIntegration(function.target, allow_test_invoke=False)
        for operation in map(self._document.operation, routes):
            self.rest_api.root.resource_for_path(operation.path).add_method(
                operation.method,
                integration,
                request_models=request_models(self.rest_api, operation),
                request_parameters=request_parameters(operation),
                request_validator=self._validator,
            )

    def _acknowledge_findings(self) -> None:
        stage = self.rest_api.deployment_stage
        acknowledge(
            stage,
            "AwsSolutions-APIG3",
            "No WAF at 5 USD a month and more: every request is authorized and throttled",
        )
        acknowledge(
            stage,
            "AwsSolutions-APIG6",
            "The access log contains each error; execution logs would never expire",
        )
        acknowledge(
            self.rest_api.node.find_child("CloudWatchRole"),
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
            "service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
            "The policy that API Gateway documents for its account-wide logging role",
        )
