"""Evaluate the alarms of a synthesized stack over simulated metrics, as CloudWatch does.

An alarm is evaluated every minute over periods that end with that minute: its statistics or metric
math, M of N datapoints, and how it treats missing data
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).

CloudWatch retrieves more datapoints than it evaluates and does not document how many more, nor
whether FILL has a result for a metric without any data. Both are assumptions, so that a test can
require the same outcome under each.
"""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proof.stacks import Stack

OK, ALARM, MISSING = "OK", "ALARM", "INSUFFICIENT_DATA"
ACTIONS = {OK: "OKActions", ALARM: "AlarmActions", MISSING: "InsufficientDataActions"}
Points = list[float | None]
Operand = float | Points | None

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
OPERATORS: dict[type[ast.AST], Callable[[float, float], float | None]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b if b else None,
    ast.GtE: lambda a, b: float(a >= b),
    ast.Gt: lambda a, b: float(a > b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Lt: lambda a, b: float(a < b),
    ast.Eq: lambda a, b: float(a == b),
    ast.And: lambda a, b: float(bool(a and b)),
    ast.Or: lambda a, b: float(bool(a or b)),
}


@dataclass(frozen=True)
class Assumptions:
    """Undocumented behaviour of CloudWatch.

    Args:
        extra: datapoints that are retrieved beyond the evaluation periods.
        fills_empty: whether FILL has a result for a metric without data in all of them.
    """

    extra: int = 2
    fills_empty: bool = True


ASSUMPTIONS = (
    Assumptions(extra=0, fills_empty=True),
    Assumptions(extra=2, fills_empty=True),
    Assumptions(extra=2, fills_empty=False),
    Assumptions(extra=4, fills_empty=False),
)


class Metrics:
    """Samples by metric and minute; a metric is named by its namespace, name and subject.

    The subject is the part of the service that the metric's dimensions identify, such as `api`.
    """

    def __init__(self) -> None:
        self._samples: dict[str, dict[int, list[tuple[float, int]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._cache: dict[tuple[str, str, int, int], float | None] = {}

    def add(self, metric: str, minute: int, value: float, count: int = 1) -> None:
        """Publish `count` samples of a value."""
        if count:
            self._samples[metric][minute].append((value, count))

    @property
    def names(self) -> set[str]:
        """The metrics with data."""
        return set(self._samples)

    def statistic(self, metric: str, statistic: str, end: int, minutes: int) -> float | None:
        """Return a statistic of the minutes before `end`; None if there is no data.

        Raises:
            ValueError: the statistic is not known.
        """
        key = metric, statistic, end, minutes
        if key not in self._cache:
            found = self._samples.get(metric, {})
            window = [each for m in range(end - minutes, end) for each in found.get(m, ())]
            self._cache[key] = _statistic(statistic, window) if window else None
        return self._cache[key]


def _statistic(name: str, samples: list[tuple[float, int]]) -> float:
    count = sum(weight for _, weight in samples)
    total = sum(value * weight for value, weight in samples)
    plain = {
        "Sum": total,
        "SampleCount": float(count),
        "Average": total / count,
        "Maximum": max(value for value, _ in samples),
        "Minimum": min(value for value, _ in samples),
    }
    if name in plain:
        return plain[name]
    if not re.fullmatch(r"p\d+(\.\d+)?", name):
        raise ValueError(f"statistic {name!r} is not known")
    rank = math.ceil(float(name[1:]) / 100 * count)
    for value, weight in sorted(samples):
        rank -= weight
        if rank <= 0:
            return value
    raise AssertionError("a percentile is one of the samples")


class MetricMath:
    """An expression over datapoints, oldest first.

    Args:
        named: returns the datapoints of an id.
        metrics: the ids of metrics, which METRICS() returns.
        length: the number of datapoints that are retrieved.
        assumptions: see `Assumptions`.
    """

    def __init__(
        self,
        named: Callable[[str], Points],
        metrics: Iterable[str],
        length: int,
        assumptions: Assumptions,
    ) -> None:
        self._named, self._metrics = named, tuple(metrics)
        self._length, self._assumptions = length, assumptions

    def evaluate(self, expression: str) -> Points:
        """Return the datapoints of an expression.

        Raises:
            ValueError: this evaluator does not support a part of the expression.
        """
        source = expression.replace("||", " or ").replace("&&", " and ").replace("IF(", "IF_(")
        return self._series(self._value(ast.parse(source.strip(), mode="eval").body))

    def _series(self, value: Operand) -> Points:
        return value if isinstance(value, list) else [value] * self._length

    def _value(self, node: ast.expr) -> Operand:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return self._named(name)
            case ast.BinOp(left=left, op=operator, right=right):
                return self._combined(type(operator), left, right)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._combined(type(operator), left, right)
            case ast.BoolOp(op=operator, values=[left, right]):
                return self._combined(type(operator), left, right)
            case ast.Call(func=ast.Name(id="METRICS"), args=[]):
                columns = zip(*map(self._named, self._metrics), strict=True)
                return [_sum(column) for column in columns]
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self._called(function, arguments)
        raise ValueError(f"metric math {ast.unparse(node)!r} is not known")

    def _combined(self, operator: type[ast.AST], left: ast.expr, right: ast.expr) -> Operand:
        """Combine two operands; a gap in either is a gap in the result."""
        a, b = self._value(left), self._value(right)
        combine = OPERATORS[operator]
        return [
            None if x is None or y is None else combine(x, y)
            for x, y in zip(self._series(a), self._series(b), strict=True)
        ]

    def _called(self, function: str, arguments: list[ast.expr]) -> Operand:
        values = [self._series(self._value(argument)) for argument in arguments]
        match function, values:
            case "FILL", [points, filling]:
                if not self._assumptions.fills_empty and all(p is None for p in points):
                    return points
                return [f if p is None else p for p, f in zip(points, filling, strict=True)]
            case "IF_", [condition, yes, no]:
                return [
                    None if c is None else (y if c else n)
                    for c, y, n in zip(condition, yes, no, strict=True)
                ]
            case "DIFF", [points]:
                return [None, *[_difference(a, b) for a, b in itertools.pairwise(points)]]
            case "SUM", [points]:
                return points
        raise ValueError(f"metric math function {function!r} is not known")


def _sum(values: Sequence[float | None]) -> float | None:
    """Sum the datapoints with data; METRICS() is only supported within SUM()."""
    found = [value for value in values if value is not None]
    return sum(found) if found else None


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


@dataclass(frozen=True)
class Alarm:
    """An alarm of a template.

    Args:
        path: its construct path, such as `Worker/Function/Errors`.
        properties: the properties of the resource.
        stack: its stack, which resolves its dimensions.
    """

    path: str
    properties: dict[str, Any]
    stack: Stack

    @property
    def periods(self) -> int:
        """The number of periods that are evaluated."""
        return int(self.properties["EvaluationPeriods"])

    @cached_property
    def queries(self) -> dict[str, dict[str, Any]]:
        """The metrics and expressions by id."""
        if "Metrics" in self.properties:
            return {query["Id"]: query for query in self.properties["Metrics"]}
        stat = {
            "Metric": self.properties,
            "Period": self.properties["Period"],
            "Stat": self.properties.get("Statistic") or self.properties["ExtendedStatistic"],
        }
        return {"only": {"MetricStat": stat, "ReturnData": True}}

    @cached_property
    def metrics(self) -> dict[str, str]:
        """The name in `Metrics` of each metric that the alarm reads, by id."""
        return {
            name: metric_name(self.stack, query["MetricStat"]["Metric"])
            for name, query in self.queries.items()
            if "MetricStat" in query
        }

    @cached_property
    def minutes(self) -> int:
        """The length of a period."""
        (seconds,) = {
            query["MetricStat"]["Period"]
            for query in self.queries.values()
            if "MetricStat" in query
        }
        assert seconds % 60 == 0, f"{self.path} has a period of {seconds} s"
        return int(seconds) // 60

    def points(self, metrics: Metrics, end: int, assumptions: Assumptions) -> Points:
        """The datapoints that are retrieved when the alarm is evaluated at the end of a minute."""
        count = self.periods + assumptions.extra
        ends = [end - self.minutes * (count - 1 - n) for n in range(count)]

        def named(name: str) -> Points:
            query = self.queries[name]
            if "Expression" in query:
                math_ = MetricMath(named, self.metrics, count, assumptions)
                return math_.evaluate(query["Expression"])
            stat = query["MetricStat"]["Stat"]
            return [metrics.statistic(self.metrics[name], stat, e, self.minutes) for e in ends]

        (returned,) = [
            name for name, query in self.queries.items() if query.get("ReturnData", True)
        ]
        return named(returned)

    def next_state(self, points: Points, state: str) -> str:
        """Return the state after an evaluation of datapoints."""
        compare = COMPARISONS[self.properties["ComparisonOperator"]]
        threshold = float(self.properties["Threshold"])
        return next_state(
            [None if point is None else compare(point, threshold) for point in points],
            self.periods,
            int(self.properties.get("DatapointsToAlarm", self.periods)),
            self.properties.get("TreatMissingData", "missing"),
            state,
        )

    def messages(
        self, metrics: Metrics, minutes: int, assumptions: Assumptions
    ) -> Iterator[Message]:
        """Return the messages of the alarm since its creation."""
        state = MISSING
        # Without any data, every evaluation is the same.
        minutes = minutes if metrics.names & set(self.metrics.values()) else 2
        for end in range(1, minutes + 1):
            following = self.next_state(self.points(metrics, end, assumptions), state)
            if following != state:
                for topic in self.properties.get(ACTIONS[following], ()):
                    yield Message(end, self.path, following, _topic(self.stack, topic))
            state = following


@dataclass(frozen=True)
class Message:
    """A message that an alarm published when its state changed.

    Args:
        minute: the time.
        alarm: the alarm's path.
        state: the new state.
        topic: `AlarmTopicArn` or `NotificationTopicArn`.
    """

    minute: int
    alarm: str
    state: str
    topic: str

    @property
    def pages(self) -> bool:
        """Whether a person is paged."""
        return self.topic == "AlarmTopicArn"


def next_state(
    breaching: Sequence[bool | None], periods: int, datapoints: int, missing: str, state: str
) -> str:
    """Return an alarm's state after an evaluation.

    Args:
        breaching: the retrieved datapoints, oldest first; None is missing data.
        periods: N, the evaluation periods.
        datapoints: M, the datapoints to alarm.
        missing: how missing data is treated.
        state: the state before.
    """
    real = [point for point in breaching if point is not None]
    if len(real) >= periods:
        return ALARM if sum(real[-periods:]) >= datapoints else OK
    gaps = periods - len(real)
    if missing == "breaching":
        return ALARM if sum(real) + gaps >= datapoints else OK
    if missing == "notBreaching" or sum(real) >= datapoints:
        return ALARM if sum(real) >= datapoints else OK
    if missing == "ignore":
        return OK if False in real else state
    if not real:
        return MISSING
    first = list(breaching).index(real[0])
    lasting = all(real) and len(breaching) - first >= datapoints
    return ALARM if lasting else OK


def alarms(stack: Stack) -> list[Alarm]:
    """Return every alarm of a stack, by its construct path.

    Raises:
        AssertionError: there is none.
    """
    found = [
        Alarm(path, stack.resources[name]["Properties"], stack)
        for name, path in alarm_paths(stack).items()
    ]
    assert found, f"no alarm in {stack.name}"
    return found


def alarm_paths(stack: Stack) -> dict[str, str]:
    """Return the construct path of each alarm within its stack, by logical id.

    A logical id is the path without slashes, followed by a hash of 8 digits.

    Raises:
        AssertionError: an alarm is outside the capabilities that have alarms.
    """
    paths = {}
    for logical_id in stack.of_type("AWS::CloudWatch::Alarm"):
        found = re.fullmatch(
            r"(Api|Bucket|Table|Worker)(Function|Queue|DeadLetterQueue)?(\w+)\w{8}", logical_id
        )
        assert found, f"alarm {logical_id} is in no capability that is known"
        paths[logical_id] = "/".join(part for part in found.groups() if part)
    return paths


def metric_name(stack: Stack, metric: dict[str, Any]) -> str:
    """Return the name in `Metrics` of a metric in a template.

    Raises:
        ValueError: the metric's dimensions identify no known resource.
    """
    dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
    return f"{metric['Namespace']} {metric['MetricName']} {_subject(stack, dimensions)}"


def _subject(stack: Stack, dimensions: dict[str, Any]) -> str:
    match dimensions:
        case {"FunctionName": {"Ref": name}}:
            return str(stack.resources[name]["Properties"]["Handler"]).partition(".")[0]
        case {"QueueName": {"Fn::GetAtt": [name, "QueueName"]}}:
            read = {
                mapping["EventSourceArn"]["Fn::GetAtt"][0]
                for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values()
            }
            return "queue" if name in read else "dead letters"
        case {"Operation": str(operation)}:
            return operation
        case {"GlobalSecondaryIndexName": _}:
            return "index"
        case {"service": str(service)}:
            return service.rpartition("-")[2]
    for dimension, subject in (
        ("ApiId", "api"),
        ("ApiName", "api"),
        ("TableName", "table"),
        ("BucketName", "bucket"),
        ("RuleName", "rule"),
        ("ScheduleGroup", "group"),
    ):
        if dimension in dimensions:
            return subject
    raise ValueError(f"dimensions {sorted(dimensions)} identify no known resource")


def _topic(stack: Stack, action: Any) -> str:
    (name,) = [
        name
        for name, output in stack.template["Outputs"].items()
        if output["Value"] == action and name.endswith("TopicArn")
    ]
    return str(name)


def messages(
    stack: Stack, metrics: Metrics, minutes: int, assumptions: Assumptions
) -> list[Message]:
    """Return the messages of a stack's alarms in the minutes after its first deployment."""
    sent = [
        message
        for alarm in alarms(stack)
        for message in alarm.messages(metrics, minutes, assumptions)
    ]
    return sorted(sent, key=lambda message: message.minute)
