"""Pass a parameter that does not exist."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb


def table(scope: cdk.Stack, key: dynamodb.Attribute) -> dynamodb.Table:
    """Return a table."""
    return dynamodb.Table(
        scope,
        "Table",
        partition_key=key,
        point_in_time_recovery_enabled=True,  # refused by ty: unknown-argument
    )
