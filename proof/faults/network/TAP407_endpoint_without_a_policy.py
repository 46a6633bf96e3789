"""Add a gateway endpoint without a policy to an isolated VPC."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from proof.faults import resources


def fault(stack: cdk.Stack) -> ec2.GatewayVpcEndpoint:
    vpc = resources.isolated_vpc(stack, "More")
    return vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)


def fix(stack: cdk.Stack) -> None:
    endpoint = fault(stack)
    account = cdk.Stack.of(endpoint).account
    endpoint.add_to_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["*"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "aws:PrincipalAccount": account,
                    "aws:ResourceAccount": account,
                }
            },
        )
    )


def _open(stack: cdk.Stack, **conditions: Any) -> ec2.GatewayVpcEndpoint:
    endpoint = fault(stack)
    statement = resources.allow("*", **conditions)
    statement.add_any_principal()
    endpoint.add_to_policy(statement)
    return endpoint


def fault_accounts(stack: cdk.Stack) -> ec2.GatewayVpcEndpoint:
    """Add a gateway endpoint that leads to every account."""
    return _open(stack)


def fault_resources(stack: cdk.Stack) -> ec2.GatewayVpcEndpoint:
    """Add a gateway endpoint that leads to resources of every account."""
    return _open(stack, StringEquals={"aws:PrincipalAccount": stack.account})


def fault_credentials(stack: cdk.Stack) -> ec2.GatewayVpcEndpoint:
    """Add a gateway endpoint for credentials of every account."""
    return _open(stack, StringEquals={"aws:ResourceAccount": stack.account})


def fault_wildcard(stack: cdk.Stack) -> ec2.GatewayVpcEndpoint:
    """Add a gateway endpoint with a wildcard account."""
    return _open(
        stack,
        StringEquals={"aws:ResourceAccount": stack.account},
        StringLike={"aws:PrincipalAccount": "*"},
    )
