"""Add a REST API that is not traced."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> apigateway.Stage:
    stage = {"tracing_enabled": False, **fixed}
    return resources.rest_api(stack, "Orders", stage_options=stage).deployment_stage


def fix(stack: cdk.Stack) -> None:
    fault(stack, tracing_enabled=True)
