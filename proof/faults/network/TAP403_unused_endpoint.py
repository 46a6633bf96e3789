"""Add an endpoint that no function uses."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> ec2.InterfaceVpcEndpoint:
    sns = ec2.InterfaceVpcEndpointAwsService.SNS
    return find(stack, ec2.Vpc).add_interface_endpoint("Sns", service=sns)  # TAP403
