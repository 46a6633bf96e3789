"""Trace a function in China."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import own_function

ANSWERS = {"aws_region": "cn-north-1", "worker": "schedule"}


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    function = own_function(stack, "worker.handler")
    function.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
    return function
