"""The alarms of one environment, as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tap_guardrails.model import Resource
from tap_guardrails.values import NotJudged
from tap_project.picture.graph import Graph, path_of

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
OPERATORS = {
    "GreaterThanOrEqualToThreshold": ">=",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "<=",
    "LessThanThreshold": "<",
}
UNITS = ((3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, order=True)
class Alarm:
    """An alarm in words.

    Args:
        path: its construct path within the stack.
        topics: where it sends a message.
        meaning: its description.
        starts: the condition, such as `Latency p99 >= 5000 for 3 x 5 min`.
    """

    path: str
    topics: tuple[str, ...]
    meaning: str
    starts: str


def rows(graph: Graph) -> Iterator[Alarm]:
    """Yield the alarms, in the order of their paths; values that are unknown are called so."""
    for alarm in graph.resources(ALARM, COMPOSITE):
        path = path_of(alarm)
        try:
            yield Alarm(path, _topics(graph, alarm), _meaning(alarm), _starts(graph, alarm))
        except NotJudged as reason:
            yield Alarm(path, ("unknown",), str(reason), "unknown")


def _topics(graph: Graph, alarm: Resource) -> tuple[str, ...]:
    texts = [alarm.template.text(each) for each in alarm.items("AlarmActions")]
    return tuple(graph.words(text) for text in texts)


def _meaning(alarm: Resource) -> str:
    return str(alarm.plain("AlarmDescription", default="")).partition("\n")[0]


def _starts(graph: Graph, alarm: Resource) -> str:
    if alarm.type == COMPOSITE:
        return graph.words(alarm.text("AlarmRule"))
    operator = str(alarm.plain("ComparisonOperator"))
    metric, period = _metric(alarm)
    limit = alarm.plain("Threshold")
    compared = f"{OPERATORS.get(operator, operator)} {limit}" if limit is not None else operator
    periods = alarm.plain("EvaluationPeriods")
    most = alarm.plain("DatapointsToAlarm", default=periods)
    times = f"{periods} x {period}" if most == periods else f"{most} of {periods} x {period}"
    return f"{metric} {compared} for {times}"


def _metric(alarm: Resource) -> tuple[str, str]:
    """Return what an alarm compares, and the length of its period."""
    queries: list[dict[str, Any]] = alarm.items("Metrics")
    if not queries:
        statistic = alarm.plain("ExtendedStatistic") or alarm.plain("Statistic")
        return f"{alarm.plain('MetricName')} {_short(statistic)}".strip(), _period(
            alarm.plain("Period")
        )
    periods = [each["MetricStat"]["Period"] for each in queries if "MetricStat" in each]
    periods += [each["Period"] for each in queries if "Period" in each]
    shown = next((each for each in queries if each.get("ReturnData", True)), queries[0])
    name = shown.get("Label") or shown.get("Expression") or shown["Id"]
    return str(name), _period(max(periods, default=60))


def _short(statistic: object) -> str:
    """Return a statistic, unless it is the one that a count has anyway."""
    return "" if statistic == "Sum" else str(statistic).lower()


def _period(seconds: Any) -> str:
    for length, unit in UNITS:
        if isinstance(seconds, int) and seconds % length == 0 and seconds:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
