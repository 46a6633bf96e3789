"""Subnets of the VPC: private, with one NAT gateway to the internet.

One NAT gateway is half the price of one for each zone, and fails with its zone; raise NAT_GATEWAYS
to 2 if that is not enough.
"""

from aws_cdk import aws_ec2 as ec2

NAT_GATEWAYS = 1
FUNCTIONS = ec2.SubnetType.PRIVATE_WITH_EGRESS
CONFIGURATION = [
    ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
    ec2.SubnetConfiguration(name="Private", subnet_type=FUNCTIONS),
]
DESTINATIONS = "AWS and the internet"
