"""Add a REST API with the default endpoint type."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> apigateway.RestApi:
    return resources.rest_api(stack, "Orders", **{"endpoint_types": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, endpoint_types=[apigateway.EndpointType.REGIONAL])
