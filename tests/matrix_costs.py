"""What a stack costs a month before anyone uses it, read from its template.

USD, us-east-1, 730 hours, without the free allowance that all stacks of an account share. Usage
(requests, storage, logs, request metrics) is not in it. Prices were looked up on 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.stacks import Stack

HOURS = 730


@dataclass(frozen=True)
class Price:
    """What one of something costs a month, and where the price is published."""

    usd: float
    source: str


PRICES = {
    "alarm metric": Price(0.10, "https://aws.amazon.com/cloudwatch/pricing/"),
    "dashboard": Price(3.00, "https://aws.amazon.com/cloudwatch/pricing/"),
    "KMS key": Price(1.00, "https://aws.amazon.com/kms/pricing/"),
    "NAT gateway": Price(0.045 * HOURS, "https://aws.amazon.com/vpc/pricing/"),
    "public IPv4 address": Price(0.005 * HOURS, "https://aws.amazon.com/vpc/pricing/"),
    "interface endpoint": Price(0.010 * HOURS, "https://aws.amazon.com/privatelink/pricing/"),
    "write unit": Price(0.00065 * HOURS, "https://aws.amazon.com/dynamodb/pricing/provisioned/"),
    "read unit": Price(0.00013 * HOURS, "https://aws.amazon.com/dynamodb/pricing/provisioned/"),
}

_COUNTED = {
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::EC2::EIP": "public IPv4 address",
    "AWS::EC2::NatGateway": "NAT gateway",
    "AWS::KMS::Key": "KMS key",
}


def units(stack: Stack) -> dict[str, int]:
    """Return how many of each priced thing a stack holds from its first hour on."""
    found = dict.fromkeys(PRICES, 0)
    for kind, thing in _COUNTED.items():
        found[thing] += len(stack.of_type(kind))
    for alarm in stack.of_type("AWS::CloudWatch::Alarm").values():
        metrics = [query for query in alarm.get("Metrics", []) if "MetricStat" in query]
        found["alarm metric"] += len(metrics) or 1
    for endpoint in stack.of_type("AWS::EC2::VPCEndpoint").values():
        if endpoint["VpcEndpointType"] == "Interface":
            found["interface endpoint"] += len(endpoint["SubnetIds"])
    for table in stack.of_type("AWS::DynamoDB::Table").values():
        for billed in (table, *table.get("GlobalSecondaryIndexes", [])):
            throughput: Mapping[str, Any] = billed.get("ProvisionedThroughput", {})
            found["write unit"] += throughput.get("WriteCapacityUnits", 0)
            found["read unit"] += throughput.get("ReadCapacityUnits", 0)
    return found


def monthly_usd(stack: Stack) -> float:
    """Return the fixed monthly cost of a stack."""
    return round(sum(PRICES[thing].usd * count for thing, count in units(stack).items()), 2)


def documented(markdown: str) -> list[float]:
    """Return the totals that a project's docs/cost.md tells, by environment.

    Raises:
        ValueError: the page has no total.
    """
    line = re.search(r"^\| \*\*total\*\* \|(.*)$", markdown, flags=re.MULTILINE)
    if line is None:
        raise ValueError("docs/cost.md has no total")
    return [float(cell) for cell in re.findall(r"\*\*([\d.]+)\*\*", line[1])]
