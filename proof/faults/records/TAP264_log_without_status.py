"""Leave the status out of the access log."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> apigateway.CfnStage:
    construct = find(stack, apigateway.CfnStage)
    construct.add_property_override("AccessLogSetting.Format", "$context.requestId")
    return construct
