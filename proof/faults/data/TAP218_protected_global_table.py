"""Protect a global table that has to be deleted with the stack."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources

ALSO = {"TAP110", "TAP209", "TAP214"}


def fault(stack: cdk.Stack) -> dynamodb.TableV2:
    recovery = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
    table = dynamodb.TableV2(
        stack,
        "Orders",
        deletion_protection=True,
        partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        point_in_time_recovery_specification=recovery,
        removal_policy=cdk.RemovalPolicy.DESTROY,  # TAP218
    )
    resources.output(stack, "Orders", table.table_arn)
    return table
