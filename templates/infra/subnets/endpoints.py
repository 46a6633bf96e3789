"""Subnets of the VPC: isolated, without a route to the internet.

Functions reach S3 and DynamoDB through gateway endpoints, and nothing else. Half of the range is
reserved for public subnets: CloudFormation can't move a subnet, so a NAT gateway could not be added
later (https://github.com/aws/aws-cdk/issues/28369).
"""

from aws_cdk import aws_ec2 as ec2

NAT_GATEWAYS = 0
FUNCTIONS = ec2.SubnetType.PRIVATE_ISOLATED
CONFIGURATION = [
    ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC, reserved=True),
    ec2.SubnetConfiguration(name="Private", subnet_type=FUNCTIONS),
]
DESTINATIONS = "S3 and DynamoDB endpoints"
