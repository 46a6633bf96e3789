"""Changes of the API's contract, openapi.json, that can break its clients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tap_project.assembly import OperationError
from tap_project.changes.report import Finding, Section
from tap_project.openapi import redocly
from tap_project.openapi.document import FILE

# Compatible differences that are named.
SHOWN = 5


def api_findings(before: Path, after: Path) -> Iterator[Finding]:
    """Yield what differs between the documents of two projects; breaking changes need a reason.

    Args:
        before: the former project's folder.
        after: the new one.
    """
    old, new = before / FILE, after / FILE
    if not old.is_file():
        if new.is_file():
            yield Finding(Section.API, "", f"{FILE} is new")
        return
    if not new.is_file():
        yield Finding(Section.API, "", f"{FILE} is gone: the API has no operation", True, FILE)
        return
    if old.read_bytes() == new.read_bytes():
        return
    try:
        found = redocly.compare(old, new)
    except OperationError as error:
        yield Finding(Section.UNKNOWN, "", f"{FILE}: {error}", fails=True)
        return
    for each in found:
        if each.breaking:
            text = f"{each.route or FILE}: {each.text}; clients can fail"
            yield Finding(Section.API, "", text, True, each.route or FILE)
    compatible = list(dict.fromkeys(_compatible(found)))
    more = [f"and {len(compatible) - SHOWN} more"] if len(compatible) > SHOWN else []
    if compatible:
        text = "; ".join([*compatible[:SHOWN], *more])
        yield Finding(Section.API, "", f"compatible: {text}")


def _compatible(found: Sequence[redocly.Difference]) -> Iterator[str]:
    """Yield the changes of routes; without one, those of the rest of the document."""
    changes = [each for each in found if not each.breaking]
    routes = [each for each in changes if each.route]
    for each in routes or changes:
        added = each.text == "it was added"
        yield f"{each.route} is new" if added else f"{each.route or FILE}: {each.text}"
