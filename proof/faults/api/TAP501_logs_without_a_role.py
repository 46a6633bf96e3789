"""Add a REST API that logs without the account's role."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> apigateway.Stage:
    none = {"cloud_watch_role": False, "cloud_watch_role_removal_policy": None}
    return resources.rest_api(stack, "Orders", **{**none, **fixed}).deployment_stage


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
    )
