"""Use Powertools without a namespace for metrics."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources

PACKAGES = ["aws_lambda_powertools", "aws_xray_sdk"]


def fault(stack: cdk.Stack, **fixed: Any) -> lambda_.Function:
    given = {"environment": {"POWERTOOLS_SERVICE_NAME": "orders"}, **fixed}
    return resources.powertools_function(stack, "Report", PACKAGES, **given)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        environment={
            "POWERTOOLS_SERVICE_NAME": "orders",
            "POWERTOOLS_METRICS_NAMESPACE": "shop",
        },
    )
