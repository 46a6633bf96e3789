"""Compares two cloud assemblies: everything that a reviewer of infrastructure wants to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tap_guardrails.model import App
from tap_guardrails.values import NotJudged
from tap_project.assembly import OperationError
from tap_project.changes.access import access_findings, browser_findings
from tap_project.changes.addresses import address_findings
from tap_project.changes.alarms import alarm_findings
from tap_project.changes.costs import cost_findings
from tap_project.changes.data import data_findings, replacements
from tap_project.changes.limits import limit_findings
from tap_project.changes.pairs import Pair, pairs
from tap_project.changes.permissions import permission_findings
from tap_project.changes.report import TABLE, Finding, Report, Section
from tap_project.changes.specification import UNMARKED, Specification, specification
from tap_project.changes.stacks import is_left, stack_findings

# Replaced resources that are named.
SHOWN = 5


def compare(
    before: Path,
    after: Path,
    reasons: Mapping[str, str] | None = None,
    spec: Specification | None = None,
    further: Iterable[Finding] = (),
) -> Report:
    """Return the report on a change, from the cloud assemblies before and after it.

    Args:
        before: the folder of the former assembly.
        after: the folder of the new assembly.
        reasons: the recorded reasons, by `environment/construct path`, by construct path for all
            environments, or by environment.
        spec: the resource types; those of the project's CDK CLI by default.
        further: findings on what the assemblies don't contain.

    Raises:
        OperationError: a folder contains no cloud assembly, or the CDK CLI is not installed.
    """
    spec = spec or specification()
    old, new = _app(before), _app(after)
    kinds = {kind for kind in spec.types if spec.holds_data(kind)} | UNMARKED
    found = pairs(old, new, kinds)
    roots = [each for each in found if each.before and not each.before.nested]
    left = {each.before.stack for each in roots if each.before and is_left(each)}
    findings = [
        *_unread(old, new),
        *stack_findings(found, spec),
        *(each for pair in found for each in _of_pair(pair, left, spec)),
        *_careful("addresses", None, address_findings(found, spec)),
        *_careful("outside access", None, access_findings(old, new, found)),
        *_careful("cost", None, cost_findings(found)),
        *further,
    ]
    return Report([*_recorded(findings, reasons or {})])


def _app(folder: Path) -> App:
    try:
        return App(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OperationError(f"{folder} contains no cloud assembly; try: make synth") from error


def _of_pair(pair: Pair, left: Collection[str], spec: Specification) -> Iterator[Finding]:
    """Yield the findings on one template.

    Args:
        pair: the template before and after the change.
        left: the stacks that AWS keeps as they are.
        spec: the resource types.
    """
    if pair.before is not None and pair.before.stack not in left:
        yield from _careful("data", pair, data_findings(pair, spec))
        yield from _careful("resources", pair, _counts(pair, spec))
    if pair.before is not None and pair.after is not None:
        yield from _careful("permissions", pair, permission_findings(pair))
        yield from _careful("alarms", pair, alarm_findings(pair))
    yield from _careful("browsers", pair, browser_findings(pair))
    yield from _careful("limits", pair, limit_findings(pair))


def _careful(subject: str, pair: Pair | None, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield findings, and a failure if a template has a form that the comparison doesn't expect."""
    try:
        yield from findings
    except (AttributeError, KeyError, NotJudged, TypeError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        text = f"{subject}: a property has an unexpected form ({type(error).__name__}: {reason})"
        yield Finding(Section.UNKNOWN, pair.environment if pair else "", text, fails=True)


def _counts(pair: Pair, spec: Specification) -> Iterator[Finding]:
    """Yield how many resources change, and those that are replaced, in one line."""
    counted: Counter[str] = Counter()
    impacts = replacements(pair, spec)
    replaced = []
    for old, new in pair.both():
        if old.resource.id != new.resource.id or any(impacts.get(old.resource.id, {}).values()):
            replaced.append(f"{new.path} ({new.type})")
        elif old.body != new.body:
            counted["updated"] += 1
    counted["created"] = len([*pair.added()])
    counted["deleted"] = len([*pair.gone()])
    counted["replaced"] = len(replaced)
    lines = [
        f"{counted[word]} {word}"
        for word in ("created", "updated", "deleted", "replaced")
        if counted[word]
    ]
    if lines:
        more = [f"and {len(replaced) - SHOWN} more"] if len(replaced) > SHOWN else []
        names = f": {', '.join([*sorted(replaced)[:SHOWN], *more])}" if replaced else ""
        unit = pair.after or pair.before
        place = f"{unit.nested.rstrip('/')}: " if unit and unit.nested else ""
        yield Finding(Section.RESOURCES, pair.environment, f"{place}{', '.join(lines)}{names}")


def _unread(old: App, new: App) -> Iterator[Finding]:
    """Yield the templates that can't be compared, unless they are the same."""
    for name, reason in dict.fromkeys([*old.not_judged, *new.not_judged]):
        files = [app.directory / name for app in (old, new)]
        if (
            not all(file.is_file() for file in files)
            or len({file.read_bytes() for file in files}) > 1
        ):
            yield Finding(Section.UNKNOWN, "", f"{name} {reason}", fails=True)


def _recorded(findings: list[Finding], reasons: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the findings, without failure where a reason is recorded, and the unused records."""
    used = set()
    for each in findings:
        paths = [each.key, each.key.removeprefix(f"{each.environment}/")] if each.key else []
        name = next((path for path in paths if path in reasons), None)
        if name is None:
            yield each
            continue
        used.add(name)
        yield replace(each, fails=False, text=f"{each.text}. Reason: {reasons[name]}")
    for name in sorted(reasons.keys() - used):
        text = f"{name!r} under {TABLE} is about no change; remove it from pyproject.toml"
        yield Finding(Section.RECORDS, "", text)
