"""Read a bucket from a VPC without a route to S3."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import find


def _reader(stack: cdk.Stack, vpc: ec2.Vpc) -> lambda_.Function:
    bucket = resources.bucket(stack, "Uploads")
    return resources.function(
        stack,
        "Report",
        "bucket_reader.handler",
        resources.allow("s3:GetObject", on=bucket.arn_for_objects("documents/*")),
        resources.interfaces(),
        environment={"BUCKET_NAME": bucket.bucket_name},
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets),
    )


def fault(stack: cdk.Stack) -> lambda_.Function:
    return _reader(stack, resources.isolated_vpc(stack, "More"))


def fix(stack: cdk.Stack) -> None:
    vpc = resources.isolated_vpc(stack, "More")
    _reader(stack, vpc)
    endpoint = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    endpoint.add_to_policy(resources.within_the_account(stack))


def _publisher(stack: cdk.Stack) -> lambda_.Function:
    topic = resources.topic(stack, "News")
    return resources.function(
        stack,
        "Report",
        "publisher.handler",
        resources.allow("sns:Publish", on=topic.topic_arn),
        resources.interfaces(),
        environment={"TOPIC_ARN": topic.topic_arn},
        **resources.network(stack),
    )


def fault_closed(stack: cdk.Stack) -> lambda_.Function:
    """Add an endpoint whose security group allows no ingress."""
    vpc = find(stack, ec2.Vpc)
    sns = ec2.InterfaceVpcEndpointAwsService.SNS
    vpc.add_interface_endpoint("Sns", service=sns, open=False)
    return _publisher(stack)


def fix_closed(stack: cdk.Stack) -> None:
    vpc = find(stack, ec2.Vpc)
    vpc.add_interface_endpoint("Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS)
    _publisher(stack)
