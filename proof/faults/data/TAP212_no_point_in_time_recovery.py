"""Add a table without point-in-time recovery."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> dynamodb.Table:
    given = {"point_in_time_recovery_specification": None, **fixed}
    return resources.table(stack, "Orders", **given)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
    )
