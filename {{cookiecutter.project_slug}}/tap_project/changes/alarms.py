"""Alarms that are removed, reach fewer people, or start later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tap_guardrails.invoked import VERSION
from tap_guardrails.model import PLACEHOLDER
from tap_guardrails.values import NotJudged
from tap_project.changes.pairs import Item, Pair
from tap_project.changes.report import Finding, Section

ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
SUBSCRIPTION = "AWS::SNS::Subscription"
# What an alarm watches.
WATCHED = (
    "AlarmRule",
    "Dimensions",
    "ExtendedStatistic",
    "MetricName",
    "Metrics",
    "Namespace",
    "Statistic",
)
# Numbers of which a larger one makes an alarm start later.
DELAYS = {"Period": "seconds a period", "EvaluationPeriods": "periods"}


def alarm_findings(pair: Pair) -> Iterator[Finding]:
    """Yield the alarms of a template that are removed or less strict."""
    for old in pair.gone():
        if old.type in {ALARM, COMPOSITE}:
            yield _finding(pair, f"{old.path} is removed: {_meaning(old)}")
        elif old.type == SUBSCRIPTION:
            to = old.properties.get("Endpoint")
            yield _finding(pair, f"{old.path} is removed: {to} receives no messages of its topic")
    for old, new in pair.both():
        if old.type in {ALARM, COMPOSITE} and old.type == new.type:
            for detail in _laxer(pair, old, new):
                yield _finding(pair, f"{new.path} {detail}")


def _meaning(alarm: Item) -> str:
    text = str(alarm.properties.get("AlarmDescription") or "")
    return text.splitlines()[0] if text else "nothing replaces it"


def _laxer(pair: Pair, old: Item, new: Item) -> Iterator[str]:
    before, after = old.properties, new.properties
    if lost := sorted(_actions(old, pair) - _actions(new, None)):
        to = ", ".join(map(pair.words, lost))
        yield f"loses {'an action' if len(lost) == 1 else 'actions'}: {to}"
    if after.get("ActionsEnabled") is False and before.get("ActionsEnabled", True) is not False:
        yield "has its actions turned off"
    former = json.loads(pair.adapted(_as_text(old)))
    if former != json.loads(_as_text(new)):
        moved = old.resource.id != new.resource.id
        yield (
            f"replaces {old.path}, and watches something else"
            if moved
            else "watches something else"
        )
        return
    operator = str(after.get("ComparisonOperator", ""))
    if operator != str(before.get("ComparisonOperator", "")):
        yield f"compares with {operator}, not {before.get('ComparisonOperator')}"
    elif (limits := _numbers(before, after, "Threshold")) and operator.startswith(
        ("Greater", "Less")
    ):
        first, second = limits
        if (second > first) if operator.startswith("Greater") else (second < first):
            yield f"starts at {second:g}, not {first:g}"
    for name, unit in DELAYS.items():
        if (numbers := _numbers(before, after, name)) and numbers[1] > numbers[0]:
            yield f"starts later: {numbers[1]:g} {unit}, not {numbers[0]:g}"
    fewer, more = (
        each.get("DatapointsToAlarm", each.get("EvaluationPeriods")) for each in (before, after)
    )
    if isinstance(fewer, int) and isinstance(more, int) and more > fewer:
        yield f"needs {more} measurements above its limit, not {fewer}"
    missing = [each.get("TreatMissingData", "missing") for each in (before, after)]
    if missing[0] == "breaching" and missing[1] != "breaching":
        yield f"no longer starts without data: it treats missing data as {missing[1]}"


def _actions(alarm: Item, pair: Pair | None) -> set[str]:
    """Return the targets of an alarm as texts; those of before, if there is a pair, as of after."""
    resource = alarm.resource
    try:
        texts = [resource.template.text(each) for each in resource.items("AlarmActions")]
    except NotJudged as reason:
        texts = [str(reason)]
    return {pair.adapted(text) if pair else text for text in texts}


def _as_text(alarm: Item) -> str:
    """Return what an alarm watches, with references as texts, in JSON."""
    template = alarm.resource.template

    def plain(value: Any) -> Any:
        return PLACEHOLDER.sub(unversioned, template.raw_text(value))

    def unversioned(match: re.Match[str]) -> str:
        """Return a reference; that to a version by its function: its id differs in each release."""
        found = template.app.resource(match.group(1))
        if found is None or found.type != VERSION:
            return match.group(0)
        return f"version of {found.text('FunctionName')}"

    watched = {
        name: alarm.resource.properties[name]
        for name in WATCHED
        if name in alarm.resource.properties
    }
    return json.dumps(watched, sort_keys=True, default=plain)


def _numbers(
    before: dict[str, Any], after: dict[str, Any], name: str
) -> tuple[float, float] | None:
    found = before.get(name), after.get(name)
    if all(isinstance(each, int | float) for each in found):
        return float(found[0] or 0), float(found[1] or 0)
    return None


def _finding(pair: Pair, text: str) -> Finding:
    return Finding(Section.ALARMS, pair.environment, text)
