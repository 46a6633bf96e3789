"""Remove a variable that the code reads."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import own_function

ALSO = {"TAP002"}


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    function = own_function(stack, "api.handler")
    function.add_property_deletion_override("Environment.Variables.TABLE_NAME")
    return function
