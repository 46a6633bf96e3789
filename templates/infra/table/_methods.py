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
{% if cookiecutter.api != 'none' %}
                title="Table and index: throttled requests",
                left=[
                    self._metric("ReadThrottleEvents"),
                    self._metric("WriteThrottleEvents"),
                    self._metric("ReadThrottleEvents", INDEX).with_(label="Index reads"),
                    self._metric("WriteThrottleEvents", INDEX).with_(label="Index writes"),
                ],
{% else %}
                title="Table: throttled requests",
                left=[self._metric("ReadThrottleEvents"), self._metric("WriteThrottleEvents")],
{% endif %}
                width=12,
            ),
        ]

    def _add_alarms(self, alarms: Alarms, *, max_reads: int, max_writes: int) -> None:
{% if cookiecutter.api != 'none' %}
        """Notify of throttles, consumption and DynamoDB's errors that last for 15 minutes.

        The SDK retries what fails for a shorter time, and what users notice pages elsewhere.
        The table's metrics leave its indexes out, and throttles have no metric by table alone
        but these two
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html).
        """
        for label, index in (("Table", None), ("Index", INDEX)):
            for kind, most in (("Read", max_reads), ("Write", max_writes)):
                alarms.notify(
                    self,
                    f"{label}{kind}Throttles",
                    metric=self._metric(f"{kind}ThrottleEvents", index),
                    threshold=1,
                    description=f"{kind} requests to the {label.lower()} were throttled",
                )
                alarms.notify(
                    self,
                    f"{label}{kind}Capacity",
                    metric=self._metric(f"Consumed{kind}CapacityUnits", index),
                    threshold=int(most * _PERIOD.to_seconds() * 0.8),
                    description=f"{kind}s of the {label.lower()} come close to their ceiling",
                )
{% else %}
        """Notify of throttles, consumption and DynamoDB's errors that last for 15 minutes.

        The SDK retries what fails for a shorter time, and what users notice pages elsewhere.
        Throttles have no metric by table alone but these two
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html).
        """
        for kind, most in (("Read", max_reads), ("Write", max_writes)):
            alarms.notify(
                self,
                f"Table{kind}Throttles",
                metric=self._metric(f"{kind}ThrottleEvents"),
                threshold=1,
                description=f"{kind} requests to the table were throttled",
            )
            alarms.notify(
                self,
                f"Table{kind}Capacity",
                metric=self._metric(f"Consumed{kind}CapacityUnits"),
                threshold=int(most * _PERIOD.to_seconds() * 0.8),
                description=f"{kind}s of the table come close to their ceiling",
            )
{% endif %}
        alarms.notify(
            self,
            "SystemErrors",
            metric=self._system_errors(),
            threshold=1,
            description="DynamoDB failed to serve the table (5xx) for 15 minutes",
        )

{% if cookiecutter.api != 'none' %}
    def _system_errors(self) -> cloudwatch.MathExpression:
        """Return the errors of all operations.

        An operation without errors has no data. SUM leaves it out; `+` would have no result
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
        """
        metrics: dict[str, cloudwatch.IMetric] = {
            operation.lower(): cloudwatch.Metric(
                namespace="AWS/DynamoDB",
                metric_name="SystemErrors",
                dimensions_map={"Operation": operation, "TableName": self.table.table_name},
                statistic=cloudwatch.Stats.SUM,
            )
            for operation in _OPERATIONS
        }
        return cloudwatch.MathExpression(
            expression="SUM(METRICS())",
            using_metrics=metrics,
            label="System errors",
            period=_PERIOD,
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
{% else %}
    def _system_errors(self) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name="SystemErrors",
            dimensions_map={"Operation": "PutItem", "TableName": self.table.table_name},
            period=_PERIOD,
            statistic=cloudwatch.Stats.SUM,
        )

    def _metric(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=name,
            dimensions_map={"TableName": self.table.table_name},
            period=_PERIOD,
            statistic=cloudwatch.Stats.SUM,
        )
{% endif %}
