"""Examples of the rules on functions in a VPC."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

UPLOADS = """
import os

import boto3

PERMISSIONS = {"BUCKET_NAME/*": {"s3:GetObject"}}


def handler(event, context):
    bucket = os.environ["BUCKET_NAME"]
    return boto3.client("s3").get_object(Bucket=bucket, Key=event["key"])["ETag"]
"""


def tap401_bad(stack: cdk.Stack) -> None:
    ec2.Vpc(
        stack,
        "Vpc",
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
            ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        ],
    )


def tap401_good(stack: cdk.Stack) -> None:
    ec2.Vpc(
        stack,
        "Vpc",
        nat_gateways=1,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
            ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        ],
    )


def tap402_bad(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    uploads = s3.Bucket(stack, "Uploads")
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def tap402_good(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    uploads = s3.Bucket(stack, "Uploads")
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def tap403_bad(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    vpc.add_interface_endpoint("Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS)
    uploads = s3.Bucket(stack, "Uploads")
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def tap403_good(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    uploads = s3.Bucket(stack, "Uploads")
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def tap404_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        vpc=vpc,
    )


def tap404_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        vpc=vpc,
    )


def tap405_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    uploads = s3.Bucket(stack, "Uploads")
    preview = lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        security_groups=[group],
        vpc=vpc,
    )
    preview.add_to_role_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[uploads.arn_for_objects("*")])
    )


def tap405_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    uploads = s3.Bucket(stack, "Uploads")
    preview = lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        security_groups=[group],
        vpc=vpc,
    )
    preview.add_to_role_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[uploads.arn_for_objects("*")])
    )


def tap406_bad(app: cdk.App) -> None:
    environment = cdk.Environment(account="111122223333", region="eu-west-1")
    stack = cdk.Stack(app, "Shop", env=environment)
    ec2.Vpc(stack, "Vpc", nat_gateways=1)


def tap406_good(app: cdk.App) -> None:
    class Stack(cdk.Stack):
        @property
        def availability_zones(self) -> list[str]:
            return [cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(2)]

    environment = cdk.Environment(account="111122223333", region="eu-west-1")
    stack = Stack(app, "Shop", env=environment)
    ec2.Vpc(stack, "Vpc", nat_gateways=1)


def tap407_bad(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)


def tap407_good(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    endpoint = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    own = {"aws:PrincipalAccount": stack.account, "aws:ResourceAccount": stack.account}
    endpoint.add_to_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["*"],
            resources=["*"],
            conditions={"StringEquals": own},
        )
    )


def tap408_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Theirs",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    stack.add_metadata(
        "tap::network::vpc-0123456789abcdef0",
        {
            "subnets": {
                "subnet-0123456789abcdef0": "us-east-1a",
                "subnet-0123456789abcdef1": "us-east-1b",
            },
            "services": ["dynamodb"],
            "internet": False,
        },
    )
    uploads = s3.Bucket(stack, "Uploads")
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        vpc=vpc,
    )


def tap408_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Theirs",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    stack.add_metadata(
        "tap::network::vpc-0123456789abcdef0",
        {
            "subnets": {
                "subnet-0123456789abcdef0": "us-east-1a",
                "subnet-0123456789abcdef1": "us-east-1b",
            },
            "services": ["dynamodb", "s3"],
            "internet": False,
        },
    )
    uploads = s3.Bucket(stack, "Uploads")
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        vpc=vpc,
    )


def tap409_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Theirs",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("PERMISSIONS = {}"),
        vpc=vpc,
    )


def tap409_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Theirs",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    lambda_.Function(
        stack,
        "Report",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("PERMISSIONS = {}"),
        vpc=vpc,
    )
