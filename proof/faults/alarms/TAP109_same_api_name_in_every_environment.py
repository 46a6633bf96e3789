"""Give the REST APIs of all environments the same name."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> apigateway.RestApi:
    return resources.rest_api(stack, "Orders", **{"rest_api_name": "orders", **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, rest_api_name=f"{cdk.Stack.of(stack).stack_name}-orders")
