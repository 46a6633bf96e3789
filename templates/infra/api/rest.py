"""The front door: a REST API over the table."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
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
        "traceId": "$context.xrayTraceId",
        "ip": "$context.identity.sourceIp",
        "caller": "$context.{{ 'identity.userArn' if cookiecutter.api_auth == 'iam' else 'authorizer.claims.sub' }}",
        "time": "$context.requestTimeEpoch",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "status": "$context.status",
        "latency": "$context.responseLatency",
        "error": "$context.error.message",
        "integrationError": "$context.integration.error",
    }
)
NEW_ITEM = apigateway.JsonSchema(
    type=apigateway.JsonSchemaType.OBJECT,
    properties={
        "name": apigateway.JsonSchema(
            type=apigateway.JsonSchemaType.STRING, min_length=1, max_length=200
        ),
        "quantity": apigateway.JsonSchema(type=apigateway.JsonSchemaType.INTEGER, minimum=0),
{% if cookiecutter.worker == 'stream' %}
        "source": apigateway.JsonSchema(
            type=apigateway.JsonSchemaType.STRING, pattern="^incoming/.+"
        ),
{% elif cookiecutter.worker == 'none' %}
        "document": apigateway.JsonSchema(
            type=apigateway.JsonSchemaType.STRING, pattern="^documents/.+"
        ),
{% endif %}
    },
    required=["name", "quantity"],
    additional_properties=False,
)


class Api(Construct):
    """A regional REST API that authorizes, validates, throttles, logs and traces each request.

    The name tells the metrics of two environments apart: REST metrics carry it, not the id.
    """

{% include 'infra/api/_function.py' %}
        # The account has one role for the logs of all its REST APIs. It stays when this stack
        # goes, because the other APIs of the region would lose their logs.
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
            default_method_options=authorization.method_options,
            deploy_options=apigateway.StageOptions(
                access_log_destination=apigateway.LogGroupLogDestination(access_logs),
                access_log_format=apigateway.AccessLogFormat.custom(ACCESS_LOG),
                logging_level=apigateway.MethodLoggingLevel.OFF,
                stage_name="live",
                throttling_burst_limit=settings.api_burst_limit,
                throttling_rate_limit=settings.api_rate_limit,
                tracing_enabled=True,
            ),
            description=f"{PROJECT} ({settings.name})",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            rest_api_name=f"{PROJECT}-{settings.name}",
        )
        self.rest_api.node.try_remove_child("Endpoint")  # an output under a name of CDK's own
{% if cookiecutter.api_auth == 'iam' %}
        authorization.explain(self._add_methods())
{% else %}
        self._add_methods()
{% endif %}
        self._explain()
        platform.alarms.page(
            self,
            "ServerErrors",
            metric=failure_rate(
                failed=self.rest_api.metric_server_error(statistic=cloudwatch.Stats.SUM),
                total=self.rest_api.metric_count(),
                provided="failed >= 3 || failed * 2 >= total",
                period=cdk.Duration.minutes(5),
            ),
            threshold=1,
            description="The API answered 1 % of requests with a 5xx status for 15 minutes",
        )
        platform.alarms.page(
            self,
            "Latency",
            metric=self.rest_api.metric_latency(statistic=cloudwatch.Stats.p(99)),
            threshold=settings.api_function.timeout_seconds * 1000 * 0.25,
            description="The slowest hundredth of requests took a quarter of the timeout",
        )

    @property
    def arn(self) -> str:
        """The ARN under which `execute-api:Invoke` is allowed."""
        return self.rest_api.arn_for_execute_api(stage="live")

    @property
    def url(self) -> str:
        """Where the API is called, with a slash at the end."""
        return self.rest_api.url

    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the API."""
        return [
            cloudwatch.GraphWidget(
                title="API: requests and errors",
                left=[self.rest_api.metric_count()],
                right=[self.rest_api.metric_client_error(), self.rest_api.metric_server_error()],
                width=12,
            ),
            cloudwatch.GraphWidget(
                title="API: latency",
                left=[
                    self.rest_api.metric_latency(statistic=cloudwatch.Stats.p(50)),
                    self.rest_api.metric_latency(statistic=cloudwatch.Stats.p(99)),
                ],
                width=12,
            ),
        ]

{% if cookiecutter.api_auth == 'iam' %}
    def _add_methods(self) -> list[apigateway.Method]:
{% else %}
    def _add_methods(self) -> None:
{% endif %}
        integration = apigateway.LambdaIntegration(self.function.function, allow_test_invoke=False)
        validator = self.rest_api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        new_item = self.rest_api.add_model(
            "NewItem",
            content_type="application/json",
            model_name="NewItem",
            schema=NEW_ITEM,
        )
        items = self.rest_api.root.add_resource("items")
        item = items.add_resource("{id}")
        document = item.add_resource("document")
{% if cookiecutter.api_auth == 'iam' %}
        return [
            items.add_method("GET", integration, request_validator=validator),
            items.add_method(
                "POST",
                integration,
                request_models={"application/json": new_item},
                request_validator=validator,
            ),
            item.add_method("GET", integration, request_validator=validator),
            item.add_method("DELETE", integration, request_validator=validator),
            document.add_method("GET", integration, request_validator=validator),
        ]
{% else %}
        items.add_method("GET", integration, request_validator=validator)
        items.add_method(
            "POST",
            integration,
            request_models={"application/json": new_item},
            request_validator=validator,
        )
        item.add_method("GET", integration, request_validator=validator)
        item.add_method("DELETE", integration, request_validator=validator)
        document.add_method("GET", integration, request_validator=validator)
{% endif %}

    def _explain(self) -> None:
        """Say why cdk-nag's findings on the API are accepted."""
        stage = self.rest_api.deployment_stage
        cdk.Validations.of(stage).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-APIG3",
                reason="No WAF at 5 USD a month and more: every request is authorized and throttled",
            ),
            cdk.Acknowledgment(
                id="AwsSolutions-APIG6",
                reason="The access log tells each error; execution logs would never expire",
            ),
        )
        cdk.Validations.of(self.rest_api.node.find_child("CloudWatchRole")).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
                "service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
                reason="The policy that API Gateway documents for its account-wide logging role",
            )
        )
