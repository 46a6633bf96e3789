"""Somebody watches a metric of the code with a service that no function has."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources
from proof.faults.tree import own_function


def _variables(stack: cdk.Stack) -> dict[str, str]:
    environment = stack.resolve(own_function(stack, "worker.handler").environment)
    variables: dict[str, str] = environment["variables"]
    return variables


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    metric = cloudwatch.Metric(
        namespace=_variables(stack)["POWERTOOLS_METRICS_NAMESPACE"],
        metric_name="ItemsCreated",
        **{"dimensions_map": {"service": "items"}, **fixed},
    )
    return resources.alarm(stack, "Created", metric)


def fix(stack: cdk.Stack) -> None:
    environment = _variables(stack)
    fault(stack, dimensions_map={"service": environment["POWERTOOLS_SERVICE_NAME"]})
