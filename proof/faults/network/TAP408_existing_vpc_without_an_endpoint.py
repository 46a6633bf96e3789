"""Publish to a topic from a VPC that exists already and does not lead to SNS."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def _publisher(stack: cdk.Stack) -> lambda_.Function:
    topic = resources.topic(stack, "News")
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Theirs",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    )
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    return resources.function(
        stack,
        "Report",
        "publisher.handler",
        resources.allow("sns:Publish", on=topic.topic_arn),
        resources.interfaces(),
        environment={"TOPIC_ARN": topic.topic_arn},
        vpc=vpc,
        security_groups=[group],
    )


def _declare(stack: cdk.Stack, services: Sequence[str]) -> None:
    stack.add_metadata(
        "tap::network::vpc-0123456789abcdef0",
        {
            "subnets": {
                "subnet-0123456789abcdef0": "us-east-1a",
                "subnet-0123456789abcdef1": "us-east-1b",
            },
            "services": [*services],
            "internet": False,
        },
    )


def fault(stack: cdk.Stack) -> lambda_.Function:
    _declare(stack, ["dynamodb", "s3"])
    return _publisher(stack)


def fix(stack: cdk.Stack) -> None:
    stack.add_metadata(
        "tap::network::vpc-0123456789abcdef0",
        {
            "subnets": {
                "subnet-0123456789abcdef0": "us-east-1a",
                "subnet-0123456789abcdef1": "us-east-1b",
            },
            "services": ["dynamodb", "s3", "sns"],  # those that its endpoints lead to
            "internet": False,  # True: a NAT gateway leads to every service
        },
    )
    _publisher(stack)
