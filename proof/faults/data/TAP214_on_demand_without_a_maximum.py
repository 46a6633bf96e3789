"""Add an on-demand table without a maximum of reads."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> dynamodb.Table:
    return resources.table(stack, "Orders", **{"max_read_request_units": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, max_read_request_units=1000, max_write_request_units=1000)
