"""Remove a method of the API."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find, level_2, own_function, remove


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    method = find(stack, apigateway.CfnMethod, http_method="DELETE")
    remove(level_2(method))
    return own_function(stack, "api.handler")
