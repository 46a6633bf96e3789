"""Add an HTTP API without an access log."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2

from proof.faults import resources
from proof.faults.tree import find_all


def fault(stack: cdk.Stack) -> apigatewayv2.CfnStage:
    api = resources.http_api(stack, "Orders", logged=False)
    return next(find_all(stack, apigatewayv2.CfnStage, api_id=stack.resolve(api.api_id)))


def fix(stack: cdk.Stack) -> None:
    cfn_stage, access_logs = fault(stack), resources.log_group(stack, "OrdersLogs")
    cfn_stage.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
        destination_arn=access_logs.log_group_arn, format="$context.requestId $context.status"
    )


def fault_rest(stack: cdk.Stack, **fixed: Any) -> apigateway.Stage:
    """Add a REST API without an access log."""
    stage = {"access_log_destination": None, **fixed}
    return resources.rest_api(stack, "Orders", stage_options=stage).deployment_stage


def fix_rest(stack: cdk.Stack) -> None:
    access_logs = resources.log_group(stack, "OrdersLogs")
    fault_rest(stack, access_log_destination=apigateway.LogGroupLogDestination(access_logs))
