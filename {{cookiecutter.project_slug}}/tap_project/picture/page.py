"""The parts of docs/architecture.md that are generated, each between two marks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tap_guardrails.model import App
from tap_project.assembly import ROOT, OperationError, Stack, stacks
from tap_project.picture import access, alarms, events, mermaid
from tap_project.picture.graph import Graph

PAGE = ROOT / "docs" / "architecture.md"
PARTS = ("picture", "permissions", "alarms")
OPEN, CLOSE = "<!-- {} of `make picture` -->", "<!-- end of {} -->"
LEGEND = (
    "Environment `{}`. A solid arrow is a permission, a dotted one an event or a request; a frame"
    " is a construct of the stack."
)


def shown(found: Mapping[str, Stack]) -> str:
    """Return the environment that the page shows: the first of production, or the first."""
    productive = [name for name, stack in found.items() if stack.production]
    return next(iter(productive or found))


def parts(assembly: Path) -> dict[str, list[str]]:
    """Return the lines of each part of the page, from a cloud assembly.

    Raises:
        OperationError: there is no complete assembly.
    """
    environment = shown(stacks(assembly))
    graph = Graph(App(assembly), environment)
    events.draw(graph)
    access.draw(graph)
    return {
        "picture": [
            LEGEND.format(environment),
            "",
            "```mermaid",
            *mermaid.lines(graph),
            "```",
        ],
        "permissions": permission_lines(access.rows(graph)),
        "alarms": alarm_lines(alarms.rows(graph)),
    }


def permission_lines(found: Iterable[access.Access]) -> list[str]:
    """Return the table of permissions, one row for each resource that someone may use."""
    lines = ["| role of | may call | on |", "|---|---|---|"]
    for each in sorted(found):
        called = f"denied: {_actions(each)}" if each.denied else _actions(each)
        lines.append(_row(each.who, called, each.resource))
    return lines


def _actions(each: access.Access) -> str:
    """Return actions by service, such as `dynamodb: GetItem, PutItem`."""
    services: dict[str, list[str]] = defaultdict(list)
    for action in each.actions:
        service, colon, name = action.partition(":")
        services[service if colon else ""].append(name or action)
    return "; ".join(
        f"{service}: {', '.join(names)}" if service else ", ".join(names)
        for service, names in services.items()
    )


def alarm_lines(found: Iterable[alarms.Alarm]) -> list[str]:
    """Return the table of alarms."""
    lines = ["| alarm | sends to | meaning | starts at |", "|---|---|---|---|"]
    lines += [
        _row(each.path, ", ".join(each.topics) or "no one", each.meaning, each.starts)
        for each in sorted(found)
    ]
    return lines


def _row(*cells: str) -> str:
    """Return a row of a Markdown table; signs with a meaning in Markdown are escaped."""
    escaped = (re.sub(r"[|*<]", lambda sign: f"\\{sign[0]}", cell) for cell in cells)
    return f"| {' | '.join(escaped)} |"


def written(page: str, found: Mapping[str, list[str]]) -> str:
    """Return a page with the text between its marks replaced; a part without marks is left out.

    Raises:
        OperationError: the page has none of the marks, or no end of a part.
    """
    names = [name for name in PARTS if OPEN.format(name) in page]
    if not names:
        raise OperationError(
            f"{PAGE.name} has no line {OPEN.format(PARTS[0])!r}; add it, and below it the line"
            f" {CLOSE.format(PARTS[0])!r}"
        )
    for name in names:
        start, end = OPEN.format(name), CLOSE.format(name)
        pattern = re.compile(f"{re.escape(start)}\n.*?{re.escape(end)}", re.DOTALL)
        # As a template, the text would have escapes.
        text = "\n".join([start, "", *found[name], "", end]).replace("\\", r"\\")
        page, count = pattern.subn(text, page, count=1)
        if not count:
            raise OperationError(f"{PAGE.name} has no line {end!r}; add it below the {name}")
    return page
