"""Examples of the rule on the origins of browser applications."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

PAGE = "https://app.example.com"
HEADERS = {"Access-Control-Allow-Origin": f"'{PAGE}'"}


def tap509_bad(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack,
        "Api",
        default_cors_preflight_options=apigateway.CorsOptions(allow_origins=[PAGE]),
    )
    api.root.add_method("GET")


def tap509_good(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack,
        "Api",
        default_cors_preflight_options=apigateway.CorsOptions(allow_origins=[PAGE]),
    )
    api.root.add_method("GET")
    for kind in (apigateway.ResponseType.DEFAULT_4_XX, apigateway.ResponseType.DEFAULT_5_XX):
        api.add_gateway_response(kind.response_type, type=kind, response_headers=HEADERS)
