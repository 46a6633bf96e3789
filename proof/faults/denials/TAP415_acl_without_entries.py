"""Add a network ACL without entries."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import find


def _acl(stack: cdk.Stack) -> ec2.NetworkAcl:
    vpc = find(stack, ec2.Vpc)
    subnets = ec2.SubnetSelection(subnets=vpc.isolated_subnets)
    return ec2.NetworkAcl(stack, "Acl", subnet_selection=subnets, vpc=vpc)


def fault(stack: cdk.Stack) -> ec2.NetworkAcl:
    return _acl(stack)


def fix(stack: cdk.Stack) -> None:
    acl = _acl(stack)
    acl.add_entry(
        "Out",
        cidr=ec2.AclCidr.any_ipv4(),
        direction=ec2.TrafficDirection.EGRESS,
        rule_number=100,
        traffic=ec2.AclTraffic.all_traffic(),
    )
    acl.add_entry(
        "In",
        cidr=ec2.AclCidr.any_ipv4(),
        direction=ec2.TrafficDirection.INGRESS,
        rule_number=100,
        traffic=ec2.AclTraffic.all_traffic(),
    )
