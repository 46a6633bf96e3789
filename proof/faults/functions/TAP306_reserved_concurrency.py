"""Reserve concurrency for a function."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack) -> lambda_.Function:
    return resources.function(stack, "Report", reserved_concurrent_executions=10)  # TAP306
