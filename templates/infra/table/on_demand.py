"""The table, its index, and a ceiling on what they may cost."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.alarms import Alarms
from infra.encryption import Encryption
from infra.functions import ServiceFunction
from infra.settings import Environment

INDEX = "by_created"
_PERIOD = cdk.Duration.minutes(5)
_OPERATIONS = [
    dynamodb.Operation.DELETE_ITEM,
    dynamodb.Operation.GET_ITEM,
    dynamodb.Operation.PUT_ITEM,
    dynamodb.Operation.QUERY,
]


class Table(Construct):
    """Items by `pk` and `sk`, and by `kind` and `created_at` on the index.

    All items are of one kind, and so in one partition of the index: the newest come first in one
    query, and no more than 1,000 can be written a second.

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
        self.table.add_global_secondary_index(
            index_name=INDEX,
            max_read_request_units=capacity.max_read_units,
            max_write_request_units=capacity.max_write_units,
            partition_key=dynamodb.Attribute(name="kind", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="created_at", type=dynamodb.AttributeType.STRING),
        )
        self._add_alarms(
            alarms, max_reads=capacity.max_read_units, max_writes=capacity.max_write_units
        )

    def allow(self, function: ServiceFunction, actions: Sequence[str]) -> None:
        """Let a function do exactly this to items, by their keys."""
        function.allow(actions, [self.table.table_arn])

{% if cookiecutter.api != 'none' %}
    def allow_query_index(self, function: ServiceFunction) -> None:
        """Let a function query the index, which has an ARN of its own."""
        function.allow(["dynamodb:Query"], [f"{self.table.table_arn}/index/{INDEX}"])

{% endif %}
    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the table."""
        return [
            cloudwatch.GraphWidget(
                title="Table: consumed capacity (units in 5 minutes)",
                left=[self._metric("ConsumedReadCapacityUnits")],
                right=[self._metric("ConsumedWriteCapacityUnits")],
                width=12,
            ),
            cloudwatch.GraphWidget(
                title="Table and index: throttled requests",
                left=[
                    self._metric("ReadThrottleEvents"),
                    self._metric("WriteThrottleEvents"),
                    self._metric("ReadThrottleEvents", INDEX).with_(label="Index reads"),
                    self._metric("WriteThrottleEvents", INDEX).with_(label="Index writes"),
                ],
                width=12,
            ),
        ]

    def _add_alarms(self, alarms: Alarms, *, max_reads: int, max_writes: int) -> None:
        """Throttles and consumption, for the table and for its index, and DynamoDB's own errors.

        The table's metrics leave its indexes out, and throttles have no metric by table alone
        but these two
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html).
        """
        for label, index in (("Table", None), ("Index", INDEX)):
            for kind, most in (("Read", max_reads), ("Write", max_writes)):
                alarms.add(
                    self,
                    f"{label}{kind}Throttles",
                    metric=self._metric(f"{kind}ThrottleEvents", index),
                    threshold=1,
                    description=f"{kind} requests to the {label.lower()} were throttled",
                )
                alarms.add(
                    self,
                    f"{label}{kind}Capacity",
                    metric=self._metric(f"Consumed{kind}CapacityUnits", index),
                    threshold=int(most * _PERIOD.to_seconds() * 0.8),
                    description=f"{kind}s of the {label.lower()} come close to their ceiling",
                )
        alarms.add(
            self,
            "SystemErrors",
            metric=self.table.metric_system_errors_for_operations(
                operations=_OPERATIONS, period=_PERIOD
            ),
            threshold=1,
            description="DynamoDB failed by itself (5xx)",
        )

    def _metric(self, name: str, index: str | None = None) -> cloudwatch.Metric:
        dimensions = {"TableName": self.table.table_name}
        if index is not None:
            dimensions["GlobalSecondaryIndexName"] = index
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=name,
            dimensions_map=dimensions,
            period=_PERIOD,
            statistic=cloudwatch.Stats.SUM,
        )
