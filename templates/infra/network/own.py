"""The VPC of the functions."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import subnets
from infra.environment import Environment
from tap_guardrails.permissions import Permission
from tap_project.cdk import acknowledge, output
from tap_project.permissions import Usable, allow_interfaces


class Network(Construct):
    """A VPC with two zones and free gateway endpoints for S3 and DynamoDB.

    The default security group is unused and stays open: closing it takes a CDK helper function.
    Flow logs go to the bucket of access logs.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Environment, log_bucket: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        self.subnets = ec2.SubnetSelection(subnet_type=subnets.FUNCTIONS)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(settings.network.cidr),
            max_azs=2,
            nat_gateways=subnets.NAT_GATEWAYS,
            restrict_default_security_group=False,
            subnet_configuration=subnets.CONFIGURATION,
        )
        if settings.network.availability_zones:
            acknowledge(
                self.vpc,
                "CloudFormation-Validate::W3010",
                "The settings choose the zones: Lambda is not in every zone",
            )
        self._endpoints = {
            "dynamodb": self._add_endpoint("DynamoDb", ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            "s3": self._add_endpoint("S3", ec2.GatewayVpcEndpointAwsService.S3),
        }
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_s3(log_bucket, "vpc/"),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self.security_group = ec2.SecurityGroup(
            self,
            "Functions",
            vpc=self.vpc,
            allow_all_outbound=False,
            description="Functions: no inbound connections, outbound HTTPS",
        )
        self.security_group.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.tcp(443), subnets.DESTINATIONS
        )
        output(self, "VpcArn", self.vpc.vpc_arn, "The VPC of the functions")

    def allow_interfaces(self, role: iam.Role) -> None:
        """Allow Lambda to manage network interfaces in the VPC with a function's role."""
        selected = self.vpc.select_subnets(subnet_type=self.subnets.subnet_type)
        allow_interfaces(role, selected.subnet_ids, self.security_group.security_group_id)

    def open_to(self, resource: Usable | None, permission: Permission) -> None:
        """Let a gateway endpoint lead to a resource of another account, if it is one."""
        if resource is None or resource.account is None or resource.service not in self._endpoints:
            return
        self._endpoints[resource.service].add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=sorted(permission.actions),
                resources=[resource.arn + permission.suffix],
                conditions={
                    "StringEquals": {
                        "aws:PrincipalAccount": cdk.Stack.of(self).account,
                        "aws:ResourceAccount": resource.account,
                    }
                },
            )
        )

    def _add_endpoint(
        self, name: str, service: ec2.GatewayVpcEndpointAwsService
    ) -> ec2.GatewayVpcEndpoint:
        """Add a gateway endpoint that leads from this account to this account only.

        Without a policy, code with credentials of another account could copy data to a bucket or
        table of another account.
        https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        """
        account = cdk.Stack.of(self).account
        endpoint = self.vpc.add_gateway_endpoint(name, service=service)
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
        return endpoint
