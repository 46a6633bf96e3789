"""Add a VPC with private subnets and no NAT gateway."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> ec2.ISubnet:
    given = {"nat_gateways": 0, **fixed}
    egress = ec2.SubnetType.PRIVATE_WITH_EGRESS
    private = ec2.SubnetConfiguration(name="Private", subnet_type=egress)
    public = ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC)
    vpc = resources.vpc(stack, "More", subnet_configuration=[private, public], **given)
    subnets = ec2.SubnetSelection(subnet_type=egress)
    resources.function(
        stack, "Report", "nothing.handler", resources.interfaces(), vpc=vpc, vpc_subnets=subnets
    )
    return vpc.private_subnets[0]


def fix(stack: cdk.Stack) -> None:
    fault(stack, nat_gateways=1)
