"""DynamoDB tables."""

from collections.abc import Sequence
from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.billing import Billing
from infra.common import base_of, data_removal_policy
from service import names
from tap_project.cdk import label_of, output

_PERIOD = cdk.Duration.minutes(5)
_STRING = dynamodb.AttributeType.STRING


class Index(NamedTuple):
    """A global secondary index with all attributes; both keys are strings."""

    name: str
    partition_key: str
    sort_key: str


class Table(dynamodb.Table):
    """A table with point-in-time recovery, alarms, and a limit on its throughput.

    Args:
        indexes: its global secondary indexes.
        stream: whether it has a stream of its new items.
    """

    # The operations whose errors are watched.
    _operations = ("DeleteItem", "GetItem", "PutItem", "Query")

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        indexes: Sequence[Index] = (),
        stream: bool = False,
    ) -> None:
        base = base_of(scope)
        billing = Billing(base.settings.capacity)
        super().__init__(
            scope,
            construct_id,
            deletion_protection=base.settings.production,
            partition_key=dynamodb.Attribute(name=names.PARTITION_KEY, type=_STRING),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=data_removal_policy(base.settings),
            sort_key=dynamodb.Attribute(name=names.SORT_KEY, type=_STRING),
            stream=dynamodb.StreamViewType.NEW_IMAGE if stream else None,
            **billing.table,
            **base.encryption.table,
        )
        for index in indexes:
            self.add_global_secondary_index(
                index_name=index.name,
                partition_key=dynamodb.Attribute(name=index.partition_key, type=_STRING),
                sort_key=dynamodb.Attribute(name=index.sort_key, type=_STRING),
                **billing.index,
            )
        billing.apply(self, [index.name for index in indexes])
        label = label_of(self)
        self._add_alarms(label, [index.name for index in indexes])
        self._add_widgets(label, [index.name for index in indexes])
        output(self, f"{label}Arn", self.table_arn, label)
        output(self, f"{label}Name", self.table_name, f"{label}: name")
        base.audited.append((label, "AWS::DynamoDB::Table", self.table_arn))

    def _add_alarms(self, label: str, indexes: Sequence[str]) -> None:
        """Notify of throttles, consumption and errors of DynamoDB that last for 15 minutes.

        The SDK retries requests that fail for a shorter time, and alarms on the API or the worker
        page when users notice. The table's metrics exclude its indexes, and these two are the only
        metrics of throttles for a whole table
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html).
        """
        base = base_of(self)
        capacity = base.settings.capacity
        maximum = {"Read": capacity.max_read_units, "Write": capacity.max_write_units}
        for index in (None, *indexes):
            place = f"index {index} of {label}" if index else label
            for kind, most in maximum.items():
                base.alarms.notify(
                    self,
                    f"{kind}Throttles{_id(index)}",
                    metric=self._metric(f"{kind}ThrottleEvents", index),
                    threshold=1,
                    description=f"{kind} requests to {place} were throttled",
                )
                base.alarms.notify(
                    self,
                    f"{kind}Capacity{_id(index)}",
                    metric=self._metric(f"Consumed{kind}CapacityUnits", index),
                    threshold=int(most * _PERIOD.to_seconds() * 0.8),
                    description=f"{kind} requests to {place} consume 80 % of the maximum",
                )
        base.alarms.notify(
            self,
            "SystemErrors",
            metric=self._system_errors(),
            threshold=1,
            description=f"DynamoDB failed to serve {label} (5xx) for 15 minutes",
        )

    def _add_widgets(self, label: str, indexes: Sequence[str]) -> None:
        throttles = [
            self._metric(f"{kind}ThrottleEvents", index).with_(
                label=f"{kind}s" if index is None else f"{kind}s of {index}"
            )
            for index in (None, *indexes)
            for kind in ("Read", "Write")
        ]
        base_of(self).dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{label}: consumed capacity (units in 5 minutes)",
                left=[self._metric("ConsumedReadCapacityUnits")],
                right=[self._metric("ConsumedWriteCapacityUnits")],
                width=12,
            ),
            cloudwatch.GraphWidget(title=f"{label}: throttled requests", left=throttles, width=12),
        )

    def _system_errors(self) -> cloudwatch.MathExpression:
        """Return the errors of all operations.

        An operation without errors has no data. SUM ignores it; `+` would have no result
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
        """
        metrics: dict[str, cloudwatch.IMetric] = {
            operation.lower(): cloudwatch.Metric(
                namespace="AWS/DynamoDB",
                metric_name="SystemErrors",
                dimensions_map={"Operation": operation, "TableName": self.table_name},
                statistic=cloudwatch.Stats.SUM,
            )
            for operation in self._operations
        }
        return cloudwatch.MathExpression(
            expression="SUM(METRICS())",
            using_metrics=metrics,
            label="System errors",
            period=_PERIOD,
        )

    def _metric(self, name: str, index: str | None = None) -> cloudwatch.Metric:
        dimensions = {"TableName": self.table_name}
        if index is not None:
            dimensions["GlobalSecondaryIndexName"] = index
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=name,
            dimensions_map=dimensions,
            period=_PERIOD,
            statistic=cloudwatch.Stats.SUM,
        )


def _id(index: str | None) -> str:
    """Return an index's name as part of a construct id, such as `ByCreated`."""
    return "".join(word.capitalize() for word in (index or "").split("_"))
