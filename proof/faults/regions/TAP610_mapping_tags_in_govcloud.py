"""Tag an event source mapping in GovCloud."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find

ANSWERS = {"aws_region": "us-gov-west-1", "worker": "sqs"}


def fault(stack: cdk.Stack) -> lambda_.CfnEventSourceMapping:
    cdk.Tags.of(stack).add("Team", "orders")  # TAP610
    return find(stack, lambda_.CfnEventSourceMapping)


def fix(stack: cdk.Stack) -> None:
    key, value = "Team", "orders"
    cdk.Tags.of(stack).add(key, value, exclude_resource_types=["AWS::Lambda::EventSourceMapping"])
