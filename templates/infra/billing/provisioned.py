"""Billing of tables: provisioned capacity that scales."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb

from infra.environment.table import Capacity


class Billing:
    """Capacity units are paid for by the hour and follow the load, at 70 % utilization."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self.index: dict[str, Any] = {
            "read_capacity": capacity.min_units,
            "write_capacity": capacity.min_units,
        }
        self.table: dict[str, Any] = {
            "billing_mode": dynamodb.BillingMode.PROVISIONED,
            **self.index,
        }

    def apply(self, table: dynamodb.Table, indexes: Sequence[str]) -> None:
        """Scale the table and its indexes; a target without a policy would never scale."""
        least = self._capacity.min_units
        reads = {"min_capacity": least, "max_capacity": self._capacity.max_read_units}
        writes = {"min_capacity": least, "max_capacity": self._capacity.max_write_units}
        scaling = [
            table.auto_scale_read_capacity(**reads),
            table.auto_scale_write_capacity(**writes),
        ]
        for index in indexes:
            scaling.append(table.auto_scale_global_secondary_index_read_capacity(index, **reads))
            scaling.append(table.auto_scale_global_secondary_index_write_capacity(index, **writes))
        for each in scaling:
            each.scale_on_utilization(target_utilization_percent=70)
