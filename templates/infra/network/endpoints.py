"""An isolated VPC whose functions reach S3 and DynamoDB, and nothing else."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Environment


class Network(Construct):
    """Two isolated subnets; S3 and DynamoDB through gateway endpoints, which are free.

    Half of the range is kept for public subnets: CloudFormation can't move a subnet, so a NAT
    gateway could not be added later (https://github.com/aws/aws-cdk/issues/28369).

    The default security group stays as AWS made it, because nothing uses it: closing it would
    take a helper function of CDK's own. Flow logs go to the bucket of access logs.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Environment, log_bucket: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(settings.vpc_cidr),
            max_azs=2,
            nat_gateways=0,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public", subnet_type=ec2.SubnetType.PUBLIC, reserved=True
                ),
                ec2.SubnetConfiguration(
                    name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
                ),
            ],
        )
{% set beyond = 'S3 and DynamoDB endpoints' %}
{% include 'infra/network/_connections.py' %}
