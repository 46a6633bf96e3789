"""A VPC whose functions reach the internet through one NAT gateway."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
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
            gateway_endpoints={
                "DynamoDb": ec2.GatewayVpcEndpointOptions(
                    service=ec2.GatewayVpcEndpointAwsService.DYNAMODB
                ),
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
            },
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
            description="Functions: nobody calls them over the network, they call out over HTTPS",
        )
        self.security_group.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS and the internet"
        )

    @property
    def interface_arns(self) -> list[str]:
        """What Lambda touches when it places a network interface for a function."""
        stack = cdk.Stack.of(self)

        def arn(resource: str, name: str) -> str:
            return stack.format_arn(service="ec2", resource=resource, resource_name=name)

        subnets = self.vpc.select_subnets(subnet_type=self.subnets.subnet_type).subnet_ids
        return [
            arn("network-interface", "*"),
            arn("security-group", self.security_group.security_group_id),
            *(arn("subnet", subnet) for subnet in subnets),
        ]
