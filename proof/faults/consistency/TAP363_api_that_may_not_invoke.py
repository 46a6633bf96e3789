"""Remove a permission of an API."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find, find_all, remove


def fault(stack: cdk.Stack) -> apigateway.CfnMethod:
    permission = next(
        each
        for each in find_all(stack, lambda_.CfnPermission)
        if "/POST/items" in str(stack.resolve(each.source_arn))
    )
    remove(permission)
    return find(stack, apigateway.CfnMethod, http_method="POST")
