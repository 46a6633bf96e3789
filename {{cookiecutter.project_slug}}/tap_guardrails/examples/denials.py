"""Examples of the rules on what denies the calls of functions."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
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


def tap411_bad(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    uploads = s3.Bucket(stack, "Uploads")
    endpoint = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    endpoint.add_to_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            resources=[uploads.arn_for_objects("*")],
        )
    )
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


def tap411_good(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    uploads = s3.Bucket(stack, "Uploads")
    endpoint = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    endpoint.add_to_policy(
        iam.PolicyStatement(
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[uploads.arn_for_objects("*")],
        )
    )
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


def tap412_bad(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(
        stack, "Vpc", nat_gateways=0, subnet_configuration=[app], enable_dns_support=False
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
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def tap412_good(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app], enable_dns_support=True)
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


def tap413_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    vpc.add_gateway_endpoint(
        "S3",
        service=ec2.GatewayVpcEndpointAwsService.S3,
        subnets=[ec2.SubnetSelection(subnets=vpc.public_subnets)],
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


def tap413_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    vpc.add_gateway_endpoint(
        "S3",
        service=ec2.GatewayVpcEndpointAwsService.S3,
        subnets=[ec2.SubnetSelection(subnets=vpc.private_subnets)],
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


def tap414_bad(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    uploads = s3.Bucket(stack, "Uploads")
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    group.add_egress_rule(ec2.Peer.ipv4("10.0.0.0/16"), ec2.Port.tcp(443))
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        security_groups=[group],
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def tap414_good(stack: cdk.Stack) -> None:
    app = ec2.SubnetConfiguration(name="App", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, subnet_configuration=[app])
    uploads = s3.Bucket(stack, "Uploads")
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        security_groups=[group],
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def tap415_bad(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    selection = ec2.SubnetSelection(subnets=vpc.public_subnets)
    acl = ec2.NetworkAcl(stack, "Acl", vpc=vpc, subnet_selection=selection)
    acl.add_entry(
        "In",
        cidr=ec2.AclCidr.any_ipv4(),
        direction=ec2.TrafficDirection.INGRESS,
        rule_number=100,
        traffic=ec2.AclTraffic.all_traffic(),
    )


def tap415_good(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    selection = ec2.SubnetSelection(subnets=vpc.public_subnets)
    acl = ec2.NetworkAcl(stack, "Acl", vpc=vpc, subnet_selection=selection)
    acl.add_entry(
        "In",
        cidr=ec2.AclCidr.any_ipv4(),
        direction=ec2.TrafficDirection.INGRESS,
        rule_number=100,
        traffic=ec2.AclTraffic.all_traffic(),
    )
    acl.add_entry(
        "Out",
        cidr=ec2.AclCidr.any_ipv4(),
        direction=ec2.TrafficDirection.EGRESS,
        rule_number=100,
        traffic=ec2.AclTraffic.all_traffic(),
    )


def tap416_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        role=role,
    )
    uploads.add_to_resource_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[uploads.arn_for_objects("*")],
        )
    )


def tap416_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        role=role,
    )
    uploads.add_to_resource_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[uploads.arn_for_objects("*")],
            conditions={"ArnNotEquals": {"aws:PrincipalArn": role.role_arn}},
        )
    )


def tap417_bad(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack,
        "Orders",
        policy=iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["execute-api:Invoke"],
                    resources=["execute-api:/*"],
                )
            ]
        ),
    )
    api.root.add_method("GET")


def tap417_good(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(
        stack,
        "Orders",
        policy=iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    principals=[iam.AnyPrincipal()],
                    actions=["execute-api:Invoke"],
                    resources=["execute-api:/*"],
                    conditions={"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
                )
            ]
        ),
    )
    api.root.add_method("GET")


def tap418_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    boundary = iam.ManagedPolicy(
        stack,
        "Boundary",
        statements=[iam.PolicyStatement(actions=["logs:*"], resources=["*"])],
    )
    role = iam.Role(
        stack,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        permissions_boundary=boundary,
    )
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        role=role,
    )


def tap418_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    boundary = iam.ManagedPolicy(
        stack,
        "Boundary",
        statements=[iam.PolicyStatement(actions=["logs:*", "s3:GetObject"], resources=["*"])],
    )
    role = iam.Role(
        stack,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        permissions_boundary=boundary,
    )
    lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(UPLOADS),
        environment={"BUCKET_NAME": uploads.bucket_name},
        role=role,
    )
