"""Accept the tokens of any client."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2

from proof.faults.tree import find

ANSWERS = {"api": "http", "api_auth": "cognito"}


def fault(stack: cdk.Stack) -> apigatewayv2.CfnAuthorizer:
    construct = find(stack, apigatewayv2.CfnAuthorizer)
    construct.add_property_deletion_override("JwtConfiguration.Audience")
    return construct
