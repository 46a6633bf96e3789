"""Run Python code with Node.js."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import own_function

ALSO = {"TAP309"}


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    function = own_function(stack, "api.handler")
    function.runtime = "nodejs22.x"
    return function
