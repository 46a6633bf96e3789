"""Add an API without throttling limits."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> apigateway.Stage:
    stage = {"throttling_rate_limit": None, "throttling_burst_limit": None, **fixed}
    return resources.rest_api(stack, "Orders", stage_options=stage).deployment_stage


def fix(stack: cdk.Stack) -> None:
    fault(stack, throttling_rate_limit=50, throttling_burst_limit=100)
