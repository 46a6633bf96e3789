"""Let the code of a function delete any network interface."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, **conditions: Any) -> lambda_.Function:
    names = ("Create", "Delete")
    changes = resources.allow(*(f"ec2:{name}NetworkInterface" for name in names), **conditions)
    describes = resources.allow("ec2:DescribeNetworkInterfaces")
    network = resources.network(stack)
    return resources.function(stack, "Report", "nothing.handler", changes, describes, **network)


def fix(stack: cdk.Stack) -> None:
    conditions = {"Null": {"lambda:SourceFunctionArn": "true"}}
    fault(stack, **conditions)
