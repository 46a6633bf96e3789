"""Leave all attributes but the keys out of the index."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> dynamodb.CfnTable:
    construct = find(stack, dynamodb.CfnTable)
    keys = {"ProjectionType": "KEYS_ONLY"}
    construct.add_property_override("GlobalSecondaryIndexes.0.Projection", keys)
    return construct
