"""The report on a change, as text and as Markdown.

Equal findings of several environments are one line. A finding that fails the command has a key,
for which pyproject.toml can record a reason.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

TABLE = "[tool.tap.replacements]"
# Characters that Markdown interprets. Names in a change come from its author.
SPECIAL = re.compile(r"([\\`*_\[\]|~])")


class Section(Enum):
    """The subjects of a report, in its order; the value is the heading."""

    DATA = "Data"
    REFUSED = "Refused by AWS"
    ENVIRONMENTS = "Environments"
    API = "API"
    ACCESS = "Outside access"
    WIDER = "Wider permissions"
    NARROWER = "Narrower permissions"
    ALARMS = "Alarms"
    COST = "Monthly cost"
    LIMITS = "Limits"
    RESOURCES = "Resources"
    UNKNOWN = "Not compared"
    RECORDS = "Recorded reasons"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Args:
        section: its subject.
        environment: the environment, or '' for the whole app.
        text: the change and its consequence.
        fails: whether the command fails because of it.
        key: the key under which a reason can be recorded; '' if none is accepted.
    """

    section: Section
    environment: str
    text: str
    fails: bool = False
    key: str = ""


@dataclass(frozen=True)
class Report:
    """All findings on a change."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a change needs a reason, or can't be deployed."""
        return any(each.fails for each in self.findings)

    def text(self, base: str) -> str:
        """Return the report for a terminal; one line without changes.

        Args:
            base: the former state, such as `origin/main (1a2b3c4)`.
        """
        if not self.findings:
            return f"No changes against {base}."
        lines = [f"Changes against {base}:"]
        for section, found in self._sections():
            lines += ["", section.value]
            lines += [f"  {_mark(each)}{_place(names)}{each.text}" for names, each in found]
        return "\n".join([*lines, *self._advice()])

    def markdown(self, base: str) -> str:
        """Return the report for a pull request.

        Args:
            base: the former state, such as `origin/main (1a2b3c4)`.
        """
        if not self.findings:
            return f"No changes against {escaped(base)}.\n"
        lines = [f"## Changes against {escaped(base)}"]
        for section, found in self._sections():
            lines += ["", f"### {section.value}", ""]
            for names, each in found:
                mark = "**fails** " if each.fails else ""
                lines.append(f"- {mark}{escaped(_place(names) + each.text)}")
        return "\n".join([*lines, *self._advice("```toml", "```")]) + "\n"

    def _sections(self) -> Iterator[tuple[Section, list[tuple[list[str], Finding]]]]:
        for section in Section:
            found = _merged(each for each in self.findings if each.section is section)
            if found:
                yield section, found

    def _advice(self, *fence: str) -> Iterator[str]:
        """Yield the lines to add to pyproject.toml, between the lines of a fence."""
        keys = sorted({each.key for each in self.findings if each.fails and each.key})
        if keys:
            yield ""
            yield "If the marked changes are intended, record the reasons in pyproject.toml:"
            yield ""
            yield from fence[:1]
            yield TABLE
            yield from (f'{json.dumps(key, ensure_ascii=False)} = "..."' for key in keys)
            yield from fence[1:]


def _merged(findings: Iterable[Finding]) -> list[tuple[list[str], Finding]]:
    """Return findings that differ only in their environment as one, failing ones first."""
    found: dict[tuple[str, bool], tuple[list[str], Finding]] = {}
    for each in findings:
        names = found.setdefault((each.text, each.fails), ([], each))[0]
        if each.environment and each.environment not in names:
            names.append(each.environment)
    return sorted(found.values(), key=lambda pair: not pair[1].fails)


def _mark(finding: Finding) -> str:
    return "FAILS " if finding.fails else ""


def _place(names: list[str]) -> str:
    return f"{', '.join(names)}: " if names else ""


def escaped(text: str) -> str:
    """Return a text without a meaning in Markdown or HTML."""
    return SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))
