"""Prices of a template's resources, and the tables of docs/cost.md.

Prices of further types are in pyproject.toml, under `[tool.tap.prices]`, in USD a month.

USD of us-east-1, without taxes and without the free allowances, which an account has only once.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tap_project.answers import own_prices
from tap_project.assembly import ROOT, OperationError, Stack

PRICES = Path(__file__).with_name("prices.json")
PAGE = ROOT / "docs" / "cost.md"
MARK = "<!-- {} of `make cost` -->"
FIXED, USAGE = MARK.format("fixed"), MARK.format("usage")

Template = Mapping[str, Any]
Properties = Mapping[str, Any]

# DynamoDB's target tracking makes two alarms to scale out and two to scale in.
ALARMS_OF_A_SCALING_POLICY = 4


@dataclass(frozen=True)
class Line:
    """The number of items in a stack, and their monthly cost."""

    item: str
    count: int
    usd: float


@cache
def prices() -> dict[str, Any]:
    """Return the contents of prices.json."""
    loaded: dict[str, Any] = json.loads(PRICES.read_text(encoding="utf-8"))
    return loaded


def template_of(stack: Stack) -> Template:
    """Return the synthesized template of a stack."""
    loaded: Template = json.loads(stack.template.read_text(encoding="utf-8"))
    return loaded


def resources(template: Template) -> Iterator[tuple[str, Properties]]:
    """Yield type and properties of each resource."""
    for resource in template["Resources"].values():
        yield resource["Type"], resource.get("Properties", {})


def _metrics(alarm: Properties) -> dict[str, int]:
    found = [query for query in alarm.get("Metrics", []) if "MetricStat" in query]
    return {"alarm_metric": len(found) or 1}


def _endpoint(endpoint: Properties) -> dict[str, int]:
    interface = endpoint.get("VpcEndpointType") == "Interface"
    return {"interface_endpoint": len(endpoint["SubnetIds"])} if interface else {}


def _capacity(table: Properties) -> dict[str, int]:
    counted = {"write_unit": 0, "read_unit": 0}
    for billed in (table, *table.get("GlobalSecondaryIndexes", [])):
        throughput = billed.get("ProvisionedThroughput", {})
        counted["write_unit"] += throughput.get("WriteCapacityUnits", 0)
        counted["read_unit"] += throughput.get("ReadCapacityUnits", 0)
    return counted


def _rules(acl: Properties) -> dict[str, int]:
    return {"web_acl": 1, "web_acl_rule": len(acl.get("Rules", []))}


def _has_snapshot(function: Properties) -> bool:
    return bool(function.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions")


def _snapshot(function: Properties) -> dict[str, int]:
    """Return the cached snapshot of the one version that is kept, in MiB."""
    return {"snapshot": function.get("MemorySize", 128)} if _has_snapshot(function) else {}


COUNTED: dict[str, Callable[[Properties], dict[str, int]]] = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": lambda _: {
        "scaling_alarm": ALARMS_OF_A_SCALING_POLICY
    },
    "AWS::CloudWatch::Alarm": _metrics,
    "AWS::CloudWatch::CompositeAlarm": lambda _: {"composite_alarm": 1},
    "AWS::CloudWatch::Dashboard": lambda _: {"dashboard": 1},
    "AWS::DynamoDB::Table": _capacity,
    "AWS::EC2::EIP": lambda _: {"address": 1},
    "AWS::EC2::NatGateway": lambda _: {"nat_gateway": 1},
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::KMS::Key": lambda _: {"key": 1},
    "AWS::Lambda::Function": _snapshot,
    "AWS::SecretsManager::Secret": lambda _: {"secret": 1},
    "AWS::WAFv2::WebACL": _rules,
}
"""The fixed cost of a resource, by its type."""


def _function(function: Properties) -> tuple[str, ...]:
    traced = function.get("TracingConfig", {}).get("Mode") == "Active"
    restored = ["restore"] if _has_snapshot(function) else []
    return ("invocation", "duration", *restored, *(["trace"] if traced else []))


def _table(table: Properties) -> tuple[str, ...]:
    on_demand = table.get("BillingMode") == "PAY_PER_REQUEST"
    requests = ["table_write", "table_read"] if on_demand else ["scaled_write", "scaled_read"]
    if on_demand and table.get("GlobalSecondaryIndexes"):
        requests.append("index_write")
    recovery = table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
    return (*requests, "table_storage", *(["recovery"] if recovery else []))


def _bucket(bucket: Properties) -> tuple[str, ...]:
    events = bucket.get("NotificationConfiguration", {}).get("EventBridgeConfiguration")
    counted = bucket.get("MetricsConfigurations")
    optional = {"event": events, "metric": counted}
    return ("storage", "put", "get", *(item for item, there in optional.items() if there))


def _polls(mapping: Properties) -> tuple[str, ...]:
    stream = "StartingPosition" in mapping
    return () if stream else ("queue_poll",)


def _data(endpoint: Properties) -> tuple[str, ...]:
    return ("endpoint_data",) if endpoint.get("VpcEndpointType") == "Interface" else ()


def _transitions(machine: Properties) -> tuple[str, ...]:
    express = machine.get("StateMachineType") == "EXPRESS"
    return ("express_execution", "express_duration") if express else ("transition",)


USED: dict[str, Callable[[Properties], tuple[str, ...]]] = {
    "AWS::ApiGateway::RestApi": lambda _: ("rest_request", "transfer"),
    "AWS::ApiGatewayV2::Api": lambda _: ("http_request", "transfer"),
    "AWS::CloudTrail::Trail": lambda _: ("audit",),
    "AWS::Cognito::UserPool": lambda _: ("user",),
    "AWS::DynamoDB::Table": _table,
    "AWS::EC2::FlowLog": lambda _: ("flow_log",),
    "AWS::EC2::NatGateway": lambda _: ("nat_data", "transfer"),
    "AWS::EC2::VPCEndpoint": _data,
    "AWS::Events::Archive": lambda _: ("archive", "archive_storage"),
    "AWS::Events::EventBus": lambda _: ("bus_event",),
    "AWS::Events::Rule": lambda _: (),  # matching is free; the events are those of the sender
    "AWS::KMS::Key": lambda _: ("key_request",),
    "AWS::Lambda::EventSourceMapping": _polls,
    "AWS::Lambda::Function": _function,
    "AWS::Logs::LogGroup": lambda _: ("log", "log_storage"),
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Subscription": lambda _: (),
    "AWS::SNS::Topic": lambda _: ("mail",),
    "AWS::SQS::Queue": lambda _: ("queue_request",),
    "AWS::Scheduler::Schedule": lambda _: ("schedule",),
    "AWS::SecretsManager::Secret": lambda _: ("secret_call",),
    "AWS::StepFunctions::StateMachine": _transitions,
    "AWS::WAFv2::WebACL": lambda _: ("web_acl_request",),
}
"""The usage cost of a resource, by its type."""


def _counted(kind: str, properties: Properties) -> dict[str, int]:
    count = COUNTED.get(kind)
    return count(properties) if count else {}


def _used(kind: str, properties: Properties) -> tuple[str, ...]:
    name = USED.get(kind)
    return name(properties) if name else ()


def unpriced(template: Template) -> set[str]:
    """Return the types of a template that are priced neither here nor in pyproject.toml."""
    known = {*COUNTED, *USED, *prices()["free"], *own_prices()}
    return {kind for kind, _ in resources(template)} - known


def fixed(template: Template) -> list[Line]:
    """Return the fixed monthly cost of a stack, by item."""
    own = own_prices()
    found = dict.fromkeys((*prices()["fixed"], *own), 0)
    for kind, properties in resources(template):
        if kind in own:
            found[kind] += 1
        for item, count in _counted(kind, properties).items():
            found[item] += count
    return [Line(item, count, count * monthly(item)) for item, count in found.items() if count]


def priced() -> dict[str, dict[str, Any]]:
    """Return the fixed items of prices.json, and the types that pyproject.toml has prices for."""
    found: dict[str, dict[str, Any]] = dict(prices()["fixed"])
    for kind, usd in own_prices().items():
        found[kind] = {"what": kind, "usd": usd, "each": "month"}
    return found


def monthly(item: str) -> float:
    """Return the monthly price of one fixed item, in USD."""
    price = priced()[item]
    hours = prices()["hours_per_month"] if price["each"] == "hour" else 1
    return float(price["usd"] * hours)


def used(template: Template) -> list[str]:
    """Return the usage cost of a stack, in the order of prices.json."""
    found = {item for kind, p in resources(template) for item in _used(kind, p)}
    return [item for item in prices()["usage"] if item in found]


def fixed_table(templates: Mapping[str, Template]) -> list[str]:
    """Return the lines of the table of fixed costs, by environment."""
    names = list(templates)
    lines = {name: {line.item: line for line in fixed(templates[name])} for name in names}
    rows = [f"| USD a month | {' | '.join(names)} | |", f"|---|{'---:|' * len(names)}---|"]
    for item, price in priced().items():
        counts = [lines[name][item].count if item in lines[name] else 0 for name in names]
        if any(counts):
            cells = " | ".join(f"{count * monthly(item):.2f}" for count in counts)
            shown = ", ".join(str(count) for count in dict.fromkeys(counts))
            each = f"{money(price['usd'])} {'a month' if price['each'] == 'month' else 'an hour'}"
            rows.append(f"| {price['what']} | {cells} | {shown} at {each} |")
    totals = (sum(line.usd for line in lines[name].values()) for name in names)
    rows.append(f"| **total** | {' | '.join(f'**{total:.2f}**' for total in totals)} | |")
    return rows


def usage_table(templates: Mapping[str, Template]) -> list[str]:
    """Return the lines of the table of usage costs."""
    rows = ["| item | USD | |", "|---|---|---|"]
    for item, price in prices()["usage"].items():
        where = [name for name, template in templates.items() if item in used(template)]
        if where:
            only = "" if len(where) == len(templates) else f" ({', '.join(where)})"
            per = f"{money(price['usd'])} per {price['per']}"
            rows.append(f"| {price['what']}{only} | {per} | {price.get('note', '')} |")
    return rows


def money(usd: float) -> str:
    """Return a price with two decimals, or as many as it has."""
    return f"{usd:.2f}" if round(usd, 2) == usd else f"{usd:.10f}".rstrip("0")


def written(page: str, templates: Mapping[str, Template]) -> str:
    """Return a page with its tables, below their marks, replaced by those of the templates.

    Raises:
        OperationError: a mark is missing.
    """
    for mark, table in ((FIXED, fixed_table(templates)), (USAGE, usage_table(templates))):
        if mark not in page:
            raise OperationError(f"{PAGE.name} has no line {mark!r}; add it above the table")
        below = re.escape(mark) + r"\n\n(\|[^\n]*\n)*"
        text = f"{mark}\n\n" + "\n".join(table) + "\n"
        page = re.sub(below, text.replace("\\", r"\\"), page, count=1)
    return page


def usage_usd(item: str, quantity: float) -> float:
    """Return the cost of a quantity of a usage item, in USD."""
    price = prices()["usage"][item]
    return float(quantity * price["usd"] / price.get("units", 1))
