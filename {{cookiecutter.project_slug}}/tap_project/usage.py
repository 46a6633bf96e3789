"""Monthly usage of an environment, estimated from its template and assumptions.

The assumptions are variables of `make cost`: `make cost REQUESTS=5000000 ITEM_KB=4`. They are
spread evenly over the month, and each environment has all of them. Retries, lists and cold starts
are not counted. 1 GB is 1,000,000 KB.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from tap_project.assembly import OperationError

Template = Mapping[str, Any]
Properties = Mapping[str, Any]

HOURS = 730
KB_PER_GB = 1_000_000
DAYS_PER_MONTH = HOURS / 24
# Request metrics of a bucket's metrics configuration.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
REQUEST_METRICS = 16
# Lambda polls a queue with five pollers, and each request waits 20 seconds for messages.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
IDLE_POLLS = 5 * 3 * 60 * HOURS
# X-Ray's default rule: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
TRACED_PER_MONTH, TRACED_ABOVE = 3600 * HOURS, 0.05
# The target of the tables' auto scaling: this share of the capacity is in use.
TARGET_UTILIZATION = 0.7


@dataclass(frozen=True)
class Assumption:
    """An assumption, its default, and the items of prices.json that depend on it."""

    name: str
    default: float
    what: str
    items: tuple[str, ...]


_WRITTEN = ("table_write", "index_write", "scaled_write", "audit")
_READ = ("table_read", "scaled_read")
_REQUESTED = ("rest_request", "http_request")
_RUN = ("invocation", "duration")

ASSUMPTIONS = (
    Assumption("REQUESTS", 1_000_000, "requests to the API", _REQUESTED),
    Assumption("WRITE_PERCENT", 20, "of them write an item, the others read one", _REQUESTED),
    Assumption(
        "OBJECTS",
        100_000,
        "objects, messages or events for each function without an API, with one item each",
        (),
    ),
    Assumption("ITEM_KB", 1, "KB of an item", (*_WRITTEN, *_READ)),
    Assumption("DURATION_MS", 100, "ms of a request or an object in a function", _RUN),
    Assumption("LOG_KB", 1, "KB of logs of an invocation, and of a request in the API's log", _RUN),
    Assumption("METRICS", 2, "custom metrics of each function", ("metric",)),
    Assumption("TABLE_GB", 1, "GB in the tables", ("table_storage", "recovery")),
    Assumption("BUCKET_GB", 10, "GB in the buckets", ("storage",)),
    Assumption("NETWORK_GB", 10, "GB through NAT or endpoints", ("nat_data", "endpoint_data")),
    Assumption("USERS", 100, "users who sign in", ("user",)),
    Assumption("MAILS", 100, "e-mails about alarms", ("mail",)),
)
"""In the order in which they are printed; OBJECTS needs such a function instead of an item."""

# Variables of make that are not assumptions.
OTHERS = frozenset({"ARGS", "ENV", "PYTHON"})
_NUMBER = re.compile(r"\d[\d,_]*(\.\d+)?([eE]\d{1,2})?")


def assumed(names: Iterable[str], values: Mapping[str, str]) -> dict[str, float]:
    """Return the assumptions by name, with the given values instead of their defaults.

    Args:
        names: the variables of make's command line.
        values: their values.

    Raises:
        OperationError: there is no such assumption, or a value is not a number of its range.
    """
    found = {each.name: each.default for each in ASSUMPTIONS}
    for name in names:
        if name in OTHERS:
            continue
        if name not in found:
            close = get_close_matches(name.upper(), found, n=1) or [", ".join(found)]
            raise OperationError(f"make cost has no variable {name}; try {close[0]}")
        text = values.get(name, "").strip()
        default = f"{name}={found[name]:.0f}"
        if not _NUMBER.fullmatch(text):
            raise OperationError(f"{name} {text!r} is not a number of 0 or more; try {default}")
        found[name] = float(text.replace(",", "").replace("_", ""))
        if name == "WRITE_PERCENT" and found[name] > 100:
            raise OperationError(f"{name} {text!r} is more than 100; try {default}")
    return found


class Usage:
    """The usage of one template under assumptions, by item of prices.json."""

    def __init__(self, template: Template, given: Mapping[str, float]) -> None:
        self._resources: Mapping[str, Any] = template["Resources"]
        self._given = given

    def of(self, item: str) -> float | None:
        """Return the monthly quantity of an item, in units of its price; None if not estimated."""
        quantity = QUANTITIES.get(item)
        return None if quantity is None else quantity(self)

    def __getitem__(self, name: str) -> float:
        return self._given[name]

    def properties(self, kind: str) -> Iterator[Properties]:
        """Yield the properties of each resource of a type."""
        for resource in self._resources.values():
            if resource["Type"] == kind:
                yield resource.get("Properties", {})

    def _function(self, value: Any) -> str:
        """Return the logical id of the function that a value refers to, also through an alias."""
        name = _referenced(value)
        resource = self._resources.get(name, {})
        if resource.get("Type") == "AWS::Lambda::Alias":
            return _referenced(resource["Properties"].get("FunctionName"))
        return name

    @cached_property
    def _behind_api(self) -> set[str]:
        permissions = self.properties("AWS::Lambda::Permission")
        return {
            self._function(each.get("FunctionName"))
            for each in permissions
            if each.get("Principal") == "apigateway.amazonaws.com"
        }

    @cached_property
    def _functions(self) -> dict[str, Properties]:
        return {
            name: resource.get("Properties", {})
            for name, resource in self._resources.items()
            if resource["Type"] == "AWS::Lambda::Function"
        }

    @cached_property
    def workers(self) -> dict[str, Properties]:
        """The functions that no API invokes, by logical id."""
        return {n: p for n, p in self._functions.items() if n not in self._behind_api}

    @cached_property
    def requests(self) -> float:
        """Requests to the API; 0 without one."""
        return self["REQUESTS"] if self._behind_api else 0

    @property
    def writes(self) -> float:
        """Requests that write an item."""
        return self.requests * self["WRITE_PERCENT"] / 100

    @property
    def objects(self) -> float:
        """Objects that all workers handle together."""
        return self["OBJECTS"] * len(self.workers)

    @cached_property
    def scheduled(self) -> dict[str, float]:
        """Invocations by schedules, by the logical id of their target."""
        found: dict[str, float] = {}
        for each in self.properties("AWS::Scheduler::Schedule"):
            target = self._function(each.get("Target", {}).get("Arn"))
            found[target] = found.get(target, 0) + _runs(each.get("ScheduleExpression", ""))
        return found

    @property
    def invocations(self) -> float:
        """Invocations of all functions; a scheduled one handles many objects at once."""
        return self.requests + sum(self.scheduled.get(n, self["OBJECTS"]) for n in self.workers)

    def gb_seconds(self) -> float:
        """GB-seconds of all functions; requests are spread evenly over those behind the API."""
        seconds, total = self["DURATION_MS"] / 1000, 0.0
        behind = [p for n, p in self._functions.items() if n in self._behind_api]
        for each in behind:
            total += self.requests / len(behind) * seconds * _memory_gb(each)
        for each in self.workers.values():
            total += self["OBJECTS"] * seconds * _memory_gb(each)
        return total

    def queues(self) -> int:
        """Queues that Lambda polls."""
        mappings = self.properties("AWS::Lambda::EventSourceMapping")
        return sum("StartingPosition" not in each for each in mappings)

    def write_units(self) -> float:
        """Write units of the tables: each item, and a checkpoint for each object."""
        return (self.writes + self.objects) * math.ceil(self["ITEM_KB"]) + self.objects

    def index_units(self) -> float:
        """Write units of the indexes; each contains all items."""
        tables = list(self.properties("AWS::DynamoDB::Table"))
        indexes = sum(len(each.get("GlobalSecondaryIndexes", [])) for each in tables)
        items = (self.writes + self.objects) * math.ceil(self["ITEM_KB"])
        return items * indexes / (len(tables) or 1)

    def read_units(self) -> float:
        """Read units: strongly consistent reads, and a checkpoint for each object."""
        reads = self.requests - self.writes
        return reads * math.ceil(self["ITEM_KB"] / 4) + self.objects

    def scaled(self, units: float, smallest: str) -> float:
        """Unit hours above the smallest capacity, at a steady load."""
        least: float = sum(
            each.get("ProvisionedThroughput", {}).get(smallest, 0)
            for each in self.properties("AWS::DynamoDB::Table")
        )
        return max(0, needed_units(units) - least) * HOURS

    def log_gb(self) -> float:
        """GB of logs a month."""
        return self["LOG_KB"] * (self.invocations + self.requests) / KB_PER_GB

    def retention_days(self) -> float:
        """The longest retention of a log group, in days; ten years if one never expires."""
        groups = self.properties("AWS::Logs::LogGroup")
        return max((each.get("RetentionInDays", 3653) for each in groups), default=0)

    def stored_log_gb(self) -> float:
        """GB of logs in storage after the retention, before compression."""
        return self.log_gb() * self.retention_days() / DAYS_PER_MONTH

    def traces(self) -> float:
        """Traces of the API and of the workers, under X-Ray's default rule."""
        workers = self.invocations - self.requests
        return _traced(self.requests) + _traced(workers)

    def metrics(self) -> float:
        """Custom metrics: request metrics of buckets in use, and those of the functions."""
        buckets = list(self.properties("AWS::S3::Bucket"))
        configured = sum(len(each.get("MetricsConfigurations", [])) for each in buckets)
        busy = bool(self.requests or self.objects)
        return busy * (configured * REQUEST_METRICS + len(self._functions) * self["METRICS"])

    def writes_of_data(self) -> float:
        """Writes of objects and items: two of each for an object, one for a request."""
        return self.writes + 4 * self.objects

    def transitions(self) -> float:
        """Transitions of all state machines; an execution passes each state once."""
        machines = self.properties("AWS::StepFunctions::StateMachine")
        standard = (each for each in machines if each.get("StateMachineType") != "EXPRESS")
        states = sum(_states(each) for each in standard)
        return self["OBJECTS"] * states

    def archived_gb(self) -> float:
        """GB of events that archives take in."""
        archives = len(list(self.properties("AWS::Events::Archive")))
        return self["OBJECTS"] * archives * self["ITEM_KB"] / KB_PER_GB

    def archived_days(self) -> float:
        """The longest retention of an archive, in days."""
        archives = self.properties("AWS::Events::Archive")
        return max((each.get("RetentionDays", 3653) for each in archives), default=0)

    def transfer_gb(self) -> float:
        """GB that leave AWS: items that the API returns, and what passes a NAT gateway."""
        nat = any(True for _ in self.properties("AWS::EC2::NatGateway"))
        returned = (self.requests - self.writes) * self["ITEM_KB"] / KB_PER_GB
        return returned + nat * self["NETWORK_GB"]

    def assumptions(self, items: Iterable[str]) -> list[Assumption]:
        """Return the assumptions that affect any of the items."""
        there = set(items)
        return [
            each
            for each in ASSUMPTIONS
            if there.intersection(each.items) or (each.name == "OBJECTS" and self.workers)
        ]


def needed_units(units: float) -> float:
    """Return the capacity units that serve a monthly number of units at a steady load."""
    return units / (3600 * HOURS) / TARGET_UTILIZATION


QUANTITIES: dict[str, Callable[[Usage], float]] = {
    "rest_request": lambda usage: usage.requests,
    "http_request": lambda usage: usage.requests,
    "web_acl_request": lambda usage: usage.requests,
    "user": lambda usage: usage["USERS"],
    "invocation": lambda usage: usage.invocations,
    "duration": Usage.gb_seconds,
    # The object that arrives, and the document that is written.
    "event": lambda usage: 2 * usage.objects,
    "bus_event": lambda usage: usage["OBJECTS"],
    "archive": Usage.archived_gb,
    "archive_storage": lambda u: u.archived_gb() * u.archived_days() / DAYS_PER_MONTH,
    "schedule": lambda usage: sum(usage.scheduled.values()),
    "transition": Usage.transitions,
    "express_execution": lambda usage: usage["OBJECTS"],
    "queue_request": lambda usage: usage["OBJECTS"] * usage.queues(),
    # Idle polls, and for each message one request that receives and one that deletes it.
    "queue_poll": lambda u: (IDLE_POLLS + 2 * u["OBJECTS"]) * u.queues(),
    "mail": lambda usage: usage["MAILS"],
    "table_write": Usage.write_units,
    "index_write": Usage.index_units,
    "table_read": Usage.read_units,
    "scaled_write": lambda u: u.scaled(u.write_units(), "WriteCapacityUnits"),
    "scaled_read": lambda u: u.scaled(u.read_units(), "ReadCapacityUnits"),
    "table_storage": lambda usage: usage["TABLE_GB"],
    "recovery": lambda usage: usage["TABLE_GB"],
    "storage": lambda usage: usage["BUCKET_GB"],
    "put": lambda usage: 2 * usage.objects,
    "get": lambda usage: usage.objects,
    "metric": Usage.metrics,
    "nat_data": lambda usage: usage["NETWORK_GB"],
    "endpoint_data": lambda usage: usage["NETWORK_GB"],
    "log": Usage.log_gb,
    "log_storage": Usage.stored_log_gb,
    "trace": Usage.traces,
    "audit": Usage.writes_of_data,
    "transfer": Usage.transfer_gb,
}
"""The monthly quantity of an item. Items without one depend on more than these assumptions."""


def _referenced(value: Any) -> str:
    """Return the logical id that a value refers to; empty if it is no reference."""
    if isinstance(value, Mapping):
        found = value.get("Ref") or value.get("Fn::GetAtt", [""])[0]
        return found if isinstance(found, str) else ""
    return ""


def _runs(expression: str) -> float:
    """Return the runs of a schedule in a month; a cron expression counts as one an hour."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate is None:
        return HOURS
    return HOURS / (int(rate[1]) * {"minute": 1 / 60, "hour": 1, "day": 24}[rate[2]])


def _memory_gb(function: Properties) -> float:
    return float(function.get("MemorySize", 128)) / 1024


def _states(machine: Properties) -> int:
    """Return the number of states of a machine's definition, and one for the start."""
    text = json.dumps(machine.get("DefinitionString", machine.get("Definition", {})))
    return len(re.findall(r'\\*"Type\\*":', text)) + 1


def _traced(requests: float) -> float:
    first = min(requests, TRACED_PER_MONTH)
    return first + (requests - first) * TRACED_ABOVE
