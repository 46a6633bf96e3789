"""docs/judges.md, written from page.md and the scoreboard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from proof.judges.board import GUARDRAILS, JUDGES, Row, figures
from proof.judges.breakage import SUBJECTS
from proof.judges.choices import CHOICES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "judges.md"
FORM = Path(__file__).with_name("page.md")


def text(table: list[Row], versions: Mapping[str, str], today: date) -> str:
    """Return the page."""
    titles = {row.breakage.id: row.breakage.text for row in table}
    return FORM.read_text(encoding="utf-8").format(
        count=len(table),
        date=today.isoformat(),
        versions=", ".join(f"{name} {version}" for name, version in versions.items()),
        figures=_table(("subject", "breakages", *JUDGES, "guardrails only"), figures(table)),
        choices=_table(
            ("breakage", "change", "reason"),
            ([f"`{name}`", titles[name], reason] for name, reason in sorted(CHOICES.items())),
        ),
        breakages="\n\n".join(_subjects(table)),
    )


def _subjects(table: list[Row]) -> Iterator[str]:
    for subject, title in SUBJECTS.items():
        some = [row for row in table if row.breakage.kind == subject]
        lines = (
            [f"`{row.breakage.id}`", row.breakage.text, *(_cell(row, judge) for judge in JUDGES)]
            for row in some
        )
        heading = f"### {title[0].upper()}{title[1:]}\n\n"
        yield heading + _table(("breakage", "change", *JUDGES), lines)


def _cell(row: Row, judge: str) -> str:
    names = [name.removeprefix("AwsSolutions-") for name in row.rules[judge]]
    return ", ".join(names) or "-"


def _table(heads: Sequence[str], lines: Iterator[list[str]]) -> str:
    body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *body])


def noticed(page: str) -> dict[str, list[str]]:
    """Return the rules of the guardrails by breakage, as a page has them."""
    column = JUDGES.index(GUARDRAILS) + 2
    found = {}
    for line in page.partition("\n## Breakages\n")[2].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch("`[a-z0-9-]+`", cells[0]):
            found[cells[0].strip("`")] = [name for name in cells[column].split(", ") if name != "-"]
    return found
