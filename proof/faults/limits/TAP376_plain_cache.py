"""Cache responses without encryption."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults import resources
from proof.faults.tree import level_1


def fault(stack: cdk.Stack, **fixed: Any) -> apigateway.CfnStage:
    options = {
        "cache_cluster_enabled": True,
        "cache_cluster_size": "0.5",
        "caching_enabled": True,
        **fixed,
    }
    api = resources.rest_api(stack, "Orders", stage_options=options)
    stage = level_1(api.deployment_stage)
    assert isinstance(stage, apigateway.CfnStage)
    return stage


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        cache_data_encrypted=True,
    )
