"""The table, {{ 'its index, and how both scale' if cookiecutter.api != 'none' else 'and how it scales' }}."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.alarms import Alarms
from infra.encryption import Encryption
from infra.functions import ServiceFunction
from infra.settings import Capacity, Environment

{% include 'infra/table/_names.py' %}


class Table(Construct):
    """Items by `pk` and `sk`{{ ', and by `kind` and `created_at` on the index' if cookiecutter.api != 'none' else '' }}.

{% if cookiecutter.api != 'none' %}
    All items are of one kind, and so in one partition of the index: the newest come first in one
    query, and no more than 1,000 can be written a second.

{% endif %}
{% if cookiecutter.api != 'none' %}
    Capacity follows use between a floor and a ceiling: reads and writes, of the table and of the
    index alike.
{% else %}
    Capacity follows use between a floor and a ceiling, in reading and in writing.
{% endif %}
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Environment,
        encryption: Encryption,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, construct_id)
        capacity = settings.capacity
        self.table = dynamodb.Table(
            self,
            "Table",
            billing_mode=dynamodb.BillingMode.PROVISIONED,
            read_capacity=capacity.min_units,
            write_capacity=capacity.min_units,
            deletion_protection=settings.production,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=settings.removal_policy,
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
{% if cookiecutter.worker == 'stream' %}
            stream=dynamodb.StreamViewType.NEW_IMAGE,
{% endif %}
            **encryption.table,
        )
{% if cookiecutter.api != 'none' %}
        self.table.add_global_secondary_index(
            index_name=INDEX,
            read_capacity=capacity.min_units,
            write_capacity=capacity.min_units,
            partition_key=dynamodb.Attribute(name="kind", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="created_at", type=dynamodb.AttributeType.STRING),
        )
{% endif %}
        self._scale(capacity)
        self._add_alarms(
            alarms, max_reads=capacity.max_read_units, max_writes=capacity.max_write_units
        )

{% include 'infra/table/_methods.py' %}

    def _scale(self, capacity: Capacity) -> None:
        """Hold 70 % utilization; a scalable target without a policy would never scale."""
        reads = {"min_capacity": capacity.min_units, "max_capacity": capacity.max_read_units}
        writes = {"min_capacity": capacity.min_units, "max_capacity": capacity.max_write_units}
        for scaling in (
            self.table.auto_scale_read_capacity(**reads),
            self.table.auto_scale_write_capacity(**writes),
{% if cookiecutter.api != 'none' %}
            self.table.auto_scale_global_secondary_index_read_capacity(INDEX, **reads),
            self.table.auto_scale_global_secondary_index_write_capacity(INDEX, **writes),
{% endif %}
        ):
            scaling.scale_on_utilization(target_utilization_percent=70)
