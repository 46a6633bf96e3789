"""Add a REST API without authorization."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> apigateway.RestApi:
    return resources.rest_api(stack, "Orders", **{"default_method_options": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        default_method_options=apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.IAM
        ),
    )


def fault_http(stack: cdk.Stack, **fixed: Any) -> apigatewayv2.HttpApi:
    """Add an HTTP API without authorization."""
    return resources.http_api(stack, "Orders", **{"default_authorizer": None, **fixed})


def fix_http(stack: cdk.Stack) -> None:
    fault_http(stack, default_authorizer=authorizers.HttpIamAuthorizer())


def fault_url(stack: cdk.Stack, **fixed: Any) -> lambda_.FunctionUrl:
    """Add a function URL without authorization."""
    auth = {"auth_type": lambda_.FunctionUrlAuthType.NONE, **fixed}
    return resources.function(stack, "Report").add_function_url(**auth)


def fix_url(stack: cdk.Stack) -> None:
    fault_url(stack, auth_type=lambda_.FunctionUrlAuthType.AWS_IAM)
