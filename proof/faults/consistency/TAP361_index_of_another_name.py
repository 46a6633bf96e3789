"""Rename the index that the code queries."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults.tree import find

ALSO = {"TAP110"}


def fault(stack: cdk.Stack) -> dynamodb.CfnTable:
    construct = find(stack, dynamodb.CfnTable)
    construct.add_property_override("GlobalSecondaryIndexes.0.IndexName", "by_date")
    return construct
