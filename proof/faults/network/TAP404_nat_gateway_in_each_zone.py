"""Add a VPC with a NAT gateway in each zone."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> ec2.Vpc:
    vpc = resources.vpc(stack, "More", **{"nat_gateways": 2, **fixed})
    resources.function(stack, "Report", "nothing.handler", resources.interfaces(), vpc=vpc)
    return vpc


def fix(stack: cdk.Stack) -> None:
    fault(stack, nat_gateways=1)


def fault_traffic(stack: cdk.Stack) -> ec2.Vpc:
    """Send the traffic to S3 through a NAT gateway."""
    dynamodb = ec2.GatewayVpcEndpointAwsService.DYNAMODB
    endpoints = {"DynamoDb": ec2.GatewayVpcEndpointOptions(service=dynamodb)}
    return fault(stack, nat_gateways=1, gateway_endpoints=endpoints)


def fix_traffic(stack: cdk.Stack) -> None:
    vpc = fault_traffic(stack)
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
