"""Rename the partition key."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> dynamodb.CfnTable:
    construct = find(stack, dynamodb.CfnTable)
    construct.add_property_override("KeySchema.0.AttributeName", "id")
    construct.add_property_override("AttributeDefinitions.0.AttributeName", "id")
    return construct


def fault_type(stack: cdk.Stack) -> dynamodb.CfnTable:
    """Change the type of the partition key."""
    construct = find(stack, dynamodb.CfnTable)
    construct.add_property_override("AttributeDefinitions.0.AttributeType", "N")
    return construct
