"""A global table."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    string = dynamodb.AttributeType.STRING
    recovery = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
    table = dynamodb.TableV2(
        stack,
        "Orders",
        billing=dynamodb.Billing.on_demand(max_read_request_units=10, max_write_request_units=10),
        deletion_protection=True,
        partition_key=dynamodb.Attribute(name="pk", type=string),
        point_in_time_recovery_specification=recovery,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    resources.watch_throttles(stack, "Orders", table)
    resources.output(stack, "Orders", table.table_arn)
