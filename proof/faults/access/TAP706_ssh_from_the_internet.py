"""Let the internet reach SSH."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults import resources


def _group(stack: cdk.Stack, name: str) -> ec2.SecurityGroup:
    return ec2.SecurityGroup(stack, name, vpc=resources.network(stack)["vpc"])


def fault(stack: cdk.Stack) -> ec2.SecurityGroup:
    group = _group(stack, "Bastion")
    group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(22))  # TAP706
    return group


def fix(stack: cdk.Stack) -> None:
    caller, port = _group(stack, "Operators"), ec2.Port.tcp(22)
    group = _group(stack, "Bastion")
    group.add_ingress_rule(ec2.Peer.security_group_id(caller.security_group_id), port)
