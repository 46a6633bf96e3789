"""Log the event of each request."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    construct = find(stack, lambda_.CfnFunction)
    construct.add_property_override("Environment.Variables.POWERTOOLS_LOGGER_LOG_EVENT", "true")
    return construct
