"""An isolated function and the endpoint that it calls."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    topic = resources.topic(stack, "News")
    network = resources.network(stack)
    sns = ec2.InterfaceVpcEndpointAwsService.SNS
    network["vpc"].add_interface_endpoint("Sns", service=sns)
    resources.function(
        stack,
        "Publishes",
        "publisher.handler",
        resources.allow("sns:Publish", on=topic.topic_arn),
        resources.interfaces(),
        environment={"TOPIC_ARN": topic.topic_arn},
        **network,
    )
