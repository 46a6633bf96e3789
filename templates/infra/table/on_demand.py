"""The table, {{ 'its index, and a ceiling on what they' if cookiecutter.api != 'none' else 'and a ceiling on what it' }} may cost."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.alarms import Alarms
from infra.encryption import Encryption
from infra.functions import ServiceFunction
from infra.settings import Environment

{% include 'infra/table/_names.py' %}


class Table(Construct):
    """Items by `pk` and `sk`{{ ', and by `kind` and `created_at` on the index' if cookiecutter.api != 'none' else '' }}.

{% if cookiecutter.api != 'none' %}
    All items are of one kind, and so in one partition of the index: the newest come first in one
    query, and no more than 1,000 can be written a second.

{% endif %}
    Requests are paid one by one; a ceiling on them keeps a runaway client from running up a bill.
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
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            max_read_request_units=capacity.max_read_units,
            max_write_request_units=capacity.max_write_units,
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
            max_read_request_units=capacity.max_read_units,
            max_write_request_units=capacity.max_write_units,
            partition_key=dynamodb.Attribute(name="kind", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="created_at", type=dynamodb.AttributeType.STRING),
        )
{% endif %}
        self._add_alarms(
            alarms, max_reads=capacity.max_read_units, max_writes=capacity.max_write_units
        )

{% include 'infra/table/_methods.py' %}
