"""Answer preflight requests of a page that can't read the API's errors."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults.tree import find, find_all

PAGE = "https://app.example.com"
ADVICE = "the project has gateway responses, which get a header; the printed fix adds a response"


def fault(stack: cdk.Stack) -> apigateway.CfnRestApi:
    api = find(stack, apigateway.RestApi)
    api.root.add_cors_preflight(allow_origins=[PAGE])
    return find(stack, apigateway.CfnRestApi)


def fix(stack: cdk.Stack) -> None:
    fault(stack)
    for response in find_all(stack, apigateway.CfnGatewayResponse):
        response.add_property_override(
            r"ResponseParameters.gatewayresponse\.header\.Access-Control-Allow-Origin", f"'{PAGE}'"
        )


def fault_of_foreign_origins(stack: cdk.Stack) -> apigateway.CfnRestApi:
    """Errors that every page can read."""
    fault(stack)
    for response in find_all(stack, apigateway.CfnGatewayResponse):
        response.add_property_override(
            r"ResponseParameters.gatewayresponse\.header\.Access-Control-Allow-Origin",
            "method.request.header.Origin",
        )
    return find(stack, apigateway.CfnRestApi)
