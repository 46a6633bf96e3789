"""A VPC whose functions reach the internet through one NAT gateway."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Environment


class Network(Construct):
    """Two private subnets behind one NAT gateway; S3 and DynamoDB through free gateway endpoints.

    One NAT gateway is half the price of one for each zone, and stops with its zone; raise
    `nat_gateways` where that is too little.

    The default security group stays as AWS made it, because nothing uses it: closing it would
    take a helper function of CDK's own. Flow logs go to the bucket of access logs.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Environment, log_bucket: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(settings.vpc_cidr),
            max_azs=2,
            nat_gateways=1,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
                ec2.SubnetConfiguration(
                    name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
                ),
            ],
        )
{% set beyond = 'AWS and the internet' %}
{% include 'infra/network/_connections.py' %}
