"""Watch an application metric of a service name that no function uses."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources

ENVIRONMENT = {
    "POWERTOOLS_METRICS_NAMESPACE": "shop",
    "POWERTOOLS_SERVICE_NAME": "orders",
}


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    resources.function(stack, "Orders", environment=ENVIRONMENT)
    metric = cloudwatch.Metric(
        namespace="shop",
        metric_name="ItemsCreated",
        **{"dimensions_map": {"service": "items"}, **fixed},
    )
    return resources.alarm(stack, "Created", metric)


def fix(stack: cdk.Stack) -> None:
    environment = ENVIRONMENT
    fault(stack, dimensions_map={"service": environment["POWERTOOLS_SERVICE_NAME"]})
