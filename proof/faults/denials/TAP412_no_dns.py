"""Switch off the DNS of the VPC."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> ec2.CfnVPC:
    construct = find(stack, ec2.CfnVPC)
    construct.enable_dns_support = False
    return construct
