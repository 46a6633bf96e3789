"""Add a security group without egress."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def _function(stack: cdk.Stack, group: ec2.SecurityGroup) -> lambda_.Function:
    network = {**resources.network(stack), "security_groups": [group]}
    statements = (resources.interfaces(), resources.allow("dynamodb:ListTables"))
    return resources.function(stack, "Report", "lister.handler", *statements, **network)


def _group(stack: cdk.Stack) -> ec2.SecurityGroup:
    vpc = resources.network(stack)["vpc"]
    return ec2.SecurityGroup(stack, "Closed", vpc=vpc, allow_all_outbound=False)


def fault(stack: cdk.Stack) -> lambda_.Function:
    return _function(stack, _group(stack))


def fix(stack: cdk.Stack) -> None:
    security_group = _group(stack)
    _function(stack, security_group)
    security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
