"""Deny all calls in the policy of an endpoint."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> ec2.CfnVPCEndpoint:
    construct = find(stack, ec2.CfnVPCEndpoint)
    construct.add_property_override("PolicyDocument.Statement.0.Effect", "Deny")
    return construct
