"""Compare the capacity that five minutes consume with units a second."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources

UNITS = 10
PERIOD = cdk.Duration.minutes(5)


def fault(stack: cdk.Stack, threshold: float = 0.8 * UNITS) -> cloudwatch.Alarm:
    table = resources.table(stack, "Orders", max_read_request_units=UNITS)
    metric = table.metric_consumed_read_capacity_units(period=PERIOD, statistic="Sum")
    return resources.alarm(stack, "OrdersReads", metric, threshold=threshold)


def fix(stack: cdk.Stack) -> None:
    units_a_second, period = UNITS, PERIOD
    fault(stack, threshold=0.8 * units_a_second * period.to_seconds())
