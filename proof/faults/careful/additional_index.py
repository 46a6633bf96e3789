"""An additional index."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources
from proof.faults.tree import find


def change(stack: cdk.Stack) -> None:
    table = find(stack, dynamodb.Table)
    table.add_global_secondary_index(
        index_name="by_name",
        max_read_request_units=10,
        max_write_request_units=10,
        partition_key=dynamodb.Attribute(name="name", type=dynamodb.AttributeType.STRING),
    )
    resources.watch_throttles(stack, "ByName", table, "by_name")
