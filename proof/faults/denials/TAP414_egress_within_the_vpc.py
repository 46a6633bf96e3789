"""Limit outbound traffic to the VPC."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> ec2.CfnSecurityGroup:
    construct = find(stack, ec2.CfnSecurityGroup)
    construct.add_property_override("SecurityGroupEgress.0.CidrIp", "10.0.0.0/8")
    return construct
