"""Examples of the rules on APIs."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs


def tap501_bad(stack: cdk.Stack) -> None:
    access_logs = logs.LogGroup(stack, "AccessLogs")
    api = apigateway.RestApi(
        stack,
        "Orders",
        cloud_watch_role=False,
        deploy_options=apigateway.StageOptions(
            access_log_destination=apigateway.LogGroupLogDestination(access_logs)
        ),
    )
    api.root.add_method("GET")


def tap501_good(stack: cdk.Stack) -> None:
    access_logs = logs.LogGroup(stack, "AccessLogs")
    api = apigateway.RestApi(
        stack,
        "Orders",
        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
        deploy_options=apigateway.StageOptions(
            access_log_destination=apigateway.LogGroupLogDestination(access_logs)
        ),
    )
    api.root.add_method("GET")


def tap502_bad(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=cdk.Duration.minutes(2),
    )
    api = apigateway.RestApi(stack, "Reports")
    api.root.add_method("GET", apigateway.LambdaIntegration(report))


def tap502_good(stack: cdk.Stack) -> None:
    report = lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=cdk.Duration.seconds(20),
    )
    api = apigateway.RestApi(stack, "Reports")
    api.root.add_method("GET", apigateway.LambdaIntegration(report))


def tap503_bad(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(stack, "Orders")
    api.root.add_method("GET")


def tap503_good(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(stack, "Orders", endpoint_types=[apigateway.EndpointType.REGIONAL])
    api.root.add_method("GET")


def tap504_bad(stack: cdk.Stack) -> None:
    orders = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    api = apigatewayv2.HttpApi(stack, "Api")
    integration = integrations.HttpLambdaIntegration("OrdersIntegration", orders)
    api.add_routes(path="/orders", integration=integration)


def tap504_good(stack: cdk.Stack) -> None:
    orders = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    api = apigatewayv2.HttpApi(stack, "Api", default_authorizer=authorizers.HttpIamAuthorizer())
    integration = integrations.HttpLambdaIntegration("OrdersIntegration", orders)
    api.add_routes(path="/orders", integration=integration)


def tap505_bad(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(stack, "Orders")
    api.root.add_method("GET")


def tap505_good(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack,
        "Orders",
        deploy_options=apigateway.StageOptions(
            throttling_rate_limit=50, throttling_burst_limit=100
        ),
    )
    api.root.add_method("GET")


def tap506_bad(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(stack, "Orders")
    api.root.add_method("GET")


def tap506_good(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack, "Orders", deploy_options=apigateway.StageOptions(tracing_enabled=True)
    )
    api.root.add_method("GET")


def tap507_bad(stack: cdk.Stack) -> None:
    api = apigatewayv2.HttpApi(stack, "Orders", create_default_stage=False)
    apigatewayv2.CfnStage(
        stack, "Stage", api_id=api.api_id, auto_deploy=True, stage_name="$default"
    )


def tap507_good(stack: cdk.Stack) -> None:
    access_logs = logs.LogGroup(stack, "AccessLogs")
    api = apigatewayv2.HttpApi(stack, "Orders", create_default_stage=False)
    cfn_stage = apigatewayv2.CfnStage(
        stack, "Stage", api_id=api.api_id, auto_deploy=True, stage_name="$default"
    )
    cfn_stage.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
        destination_arn=access_logs.log_group_arn, format="$context.requestId"
    )


def tap508_bad(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack,
        "Orders",
        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    api.root.add_method("GET")


def tap508_good(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack,
        "Orders",
        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    api.root.add_method("GET")
