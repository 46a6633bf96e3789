"""The VPC of the functions, which exists already."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.environment import Environment
from tap_project.cdk import acknowledge, output
from tap_project.permissions import allow_interfaces


class Network(Construct):
    """A VPC that exists already, imported by the ids of the settings, without a lookup.

    The stack adds a security group for the functions, unless the settings name one. Subnets, routes,
    endpoints and flow logs belong to the VPC's owners. TAP408 and TAP409 compare the functions with
    the services and zones of the settings, which the stack's metadata contains for them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(scope, construct_id)
        given = settings.network
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=given.vpc_id,
            availability_zones=[*given.availability_zones],
            private_subnet_ids=[*given.subnet_ids],
        )
        acknowledge(
            self.vpc,
            "Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId",
            "The stack adds nothing to the route tables of the VPC's owners",
        )
        self.subnets = ec2.SubnetSelection(subnets=self.vpc.private_subnets)
        cdk.Stack.of(self).add_metadata(
            f"tap::network::{given.vpc_id}",
            {
                "subnets": dict(zip(given.subnet_ids, given.availability_zones, strict=True)),
                "services": [*given.services],
                "internet": given.internet,
            },
        )
        self.security_group = self._security_group(given.security_group_id)
        output(self, "VpcArn", self.vpc.vpc_arn, "The VPC of the functions")

    def allow_interfaces(self, role: iam.Role) -> None:
        """Allow Lambda to manage network interfaces in the VPC with a function's role."""
        subnets = [subnet.subnet_id for subnet in self.vpc.private_subnets]
        allow_interfaces(role, subnets, self.security_group.security_group_id)

    def _security_group(self, given: str | None) -> ec2.ISecurityGroup:
        """Return the security group of the settings, or a new one."""
        if given is not None:
            return ec2.SecurityGroup.from_security_group_id(self, "Functions", given, mutable=False)
        group = ec2.SecurityGroup(
            self,
            "Functions",
            vpc=self.vpc,
            allow_all_outbound=False,
            description="Functions: no inbound connections, outbound HTTPS",
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS services")
        return group
