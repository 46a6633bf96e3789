"""Billing of tables: on demand, with a maximum."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb

from infra.environment.table import Capacity


class Billing:
    """Each request is paid for; a maximum protects against the cost of a runaway client."""

    def __init__(self, capacity: Capacity) -> None:
        self.index: dict[str, Any] = {
            "max_read_request_units": capacity.max_read_units,
            "max_write_request_units": capacity.max_write_units,
        }
        self.table: dict[str, Any] = {
            "billing_mode": dynamodb.BillingMode.PAY_PER_REQUEST,
            **self.index,
        }

    def apply(self, table: dynamodb.Table, indexes: Sequence[str]) -> None:
        """Do nothing: on-demand tables scale without a policy."""
