"""Add a table with provisioned capacity that never scales."""

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources
from proof.faults.tree import find, remove

ANSWERS = {"api": "http", "worker": "sqs", "billing_mode": "provisioned", "network": "nat"}


def fault(stack: cdk.Stack) -> dynamodb.Table:
    return resources.table(
        stack,
        "Orders",
        billing_mode=dynamodb.BillingMode.PROVISIONED,
        max_read_request_units=None,
        max_write_request_units=None,
    )


def fix(stack: cdk.Stack) -> None:
    table = fault(stack)
    reads = table.auto_scale_read_capacity(min_capacity=5, max_capacity=100)
    reads.scale_on_utilization(target_utilization_percent=70)
    writes = table.auto_scale_write_capacity(min_capacity=5, max_capacity=100)
    writes.scale_on_utilization(target_utilization_percent=70)


def fault_policy(stack: cdk.Stack) -> dynamodb.CfnTable:
    """Add a scaling target without a policy."""
    remove(find(stack, scaling.CfnScalingPolicy))
    return find(stack, dynamodb.CfnTable)
