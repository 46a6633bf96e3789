"""An interface endpoint in a VPC that exists already, for a function of the app."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    topic = resources.topic(stack, "News")
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
            "services": [],
            "internet": False,
        },
    )
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    sns = vpc.add_interface_endpoint(
        "Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS, open=False
    )
    sns.connections.allow_default_port_from(group)
    resources.function(
        stack,
        "Report",
        "publisher.handler",
        resources.allow("sns:Publish", on=topic.topic_arn),
        resources.interfaces(),
        environment={"TOPIC_ARN": topic.topic_arn},
        vpc=vpc,
        security_groups=[group],
    )
