"""Run a function in one subnet of a VPC that exists already."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def _in(stack: cdk.Stack, vpc: ec2.IVpc) -> lambda_.Function:
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    interfaces = resources.interfaces()
    return resources.function(
        stack, "Report", "nothing.handler", interfaces, vpc=vpc, security_groups=[group]
    )


def fault(stack: cdk.Stack) -> lambda_.Function:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Theirs",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    return _in(stack, vpc)


def fix(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Theirs",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    _in(stack, vpc)
