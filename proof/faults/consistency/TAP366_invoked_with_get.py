"""Invoke the function with GET."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> apigateway.CfnMethod:
    construct = find(stack, apigateway.CfnMethod)
    construct.add_property_override("Integration.IntegrationHttpMethod", "GET")
    return construct


def fault_payload(stack: cdk.Stack) -> apigateway.CfnMethod:
    """Invoke the function with PUT."""
    construct = find(stack, apigateway.CfnMethod)
    construct.add_property_override("Integration.IntegrationHttpMethod", "PUT")
    return construct
