"""Reports on changes of hand-written assemblies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from tap_project.changes import Finding, Report, Section


class Compare(Protocol):
    """Compares the resources of one stack before and after a change."""

    def __call__(
        self,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        reasons: Mapping[str, str] | None = None,
    ) -> Report: ...


def texts(report: Report, section: Section) -> list[str]:
    """Return the findings of a section."""
    return [each.text for each in report.findings if each.section is section]


def only(report: Report, section: Section) -> Finding:
    """Return the single finding of a section."""
    (found,) = [each for each in report.findings if each.section is section]
    return found


def resource(kind: str, properties: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a resource of a template; other attributes, such as DeletionPolicy, by keyword."""
    return {"Type": kind, "Properties": dict(properties or {}), **more}
