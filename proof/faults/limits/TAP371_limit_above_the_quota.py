"""Admit more requests than the account's quota."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import find


def fault(stack: cdk.Stack) -> apigateway.CfnStage:
    construct = find(stack, apigateway.CfnStage)
    construct.add_property_override("MethodSettings.0.ThrottlingRateLimit", 1_000_000)
    return construct


def fix(stack: cdk.Stack) -> None:
    limits = _limits(throttling_rate_limit=50, throttling_burst_limit=100)
    construct = fault(stack)
    for name, value in limits.items():
        construct.add_property_override(f"MethodSettings.0.{name}", value)


def _limits(throttling_rate_limit: int, throttling_burst_limit: int) -> dict[str, int]:
    return {
        "ThrottlingBurstLimit": throttling_burst_limit,
        "ThrottlingRateLimit": throttling_rate_limit,
    }


def fault_memory(stack: cdk.Stack, **fixed: Any) -> lambda_.Function:
    """Add a function with ten GiB of memory."""
    return resources.function(stack, "Answers", **{"memory_size": 10_240, **fixed})


def fix_memory(stack: cdk.Stack) -> None:
    fault_memory(
        stack,
        memory_size=512,
    )


def fault_capacity(stack: cdk.Stack, **fixed: Any) -> dynamodb.Table:
    """Add a table that serves one request per second."""
    given = {"max_read_request_units": 1, "max_write_request_units": 1, **fixed}
    return resources.table(stack, "Orders", **given)


def fix_capacity(stack: cdk.Stack) -> None:
    fault_capacity(
        stack,
        max_read_request_units=1000,
        max_write_request_units=1000,
    )
