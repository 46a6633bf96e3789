"""Writes the commands and guardrails in AGENTS.md, which coding agents read: `make agents`.

https://agents.md. Only the part between the two marks is written; the rest is the owner's. `make
check` compares the part with `make help` and `make rules`. A project without AGENTS.md is accepted.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tap_guardrails import pages
from tap_project.assembly import ROOT

NAME = "AGENTS.md"
BEGIN, END = "<!-- written by make agents -->", "<!-- end -->"
# As `make help` finds them.
TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)
MAKEFILES = ("Makefile", "tap_project/project.mk")


def commands(*makefiles: Path) -> Iterator[tuple[str, str]]:
    """Yield the commands of Makefiles with their descriptions, as `make help` lists them."""
    for file in makefiles:
        yield from TARGET.findall(file.read_text(encoding="utf-8"))


def rules() -> Iterator[str]:
    """Yield a line for each subject of the guardrails, with their numbers."""
    found = {subject: [rule.id for rule in each] for subject, each in pages.subjects().items()}
    everything = sorted(rule for each in found.values() for rule in each)
    for subject, each in found.items():
        yield f"- {subject.rstrip('.')} ({', '.join(_ranges(each, everything))})"


def _ranges(some: Sequence[str], everything: Sequence[str]) -> Iterator[str]:
    """Yield the numbers of some rules as ranges that contain no other rule."""
    runs: list[list[str]] = []
    for rule in sorted(some):
        if runs and everything.index(rule) == everything.index(runs[-1][-1]) + 1:
            runs[-1].append(rule)
        else:
            runs.append([rule])
    for run in runs:
        yield run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}"


def written(project: Path = ROOT) -> str:
    """Return the part of AGENTS.md that follows from the project."""
    table = commands(*(project / name for name in MAKEFILES))
    return "\n".join(
        (
            BEGIN,
            "",
            "| command | |",
            "|---|---|",
            *(f"| `make {target}` | {text.replace('|', '/')} |" for target, text in table),
            "",
            f"{len(pages.documented())} guardrails check every synth; `make rules` lists them:",
            "",
            *rules(),
            "",
            END,
        )
    )


def replaced(text: str, part: str) -> str | None:
    """Return AGENTS.md with another written part; None if it has no place for one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{part}{after}" if begin and end else None


def main(arguments: Sequence[str] | None = None, project: Path = ROOT) -> int:
    """Write the part, or check it; return 1 if it is stale."""
    parser = argparse.ArgumentParser(prog="make agents", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="only check that it is up to date")
    given = parser.parse_args(arguments)
    file = project / NAME
    if not file.is_file():
        if not given.check:
            print(f"There is no {NAME}.")
        return 0
    before = file.read_text(encoding="utf-8")
    after = replaced(before, written(project))
    if after is None:
        print(f"{NAME} lacks {BEGIN!r} or {END!r}; restore them, or delete it", file=sys.stderr)
        return 1
    if given.check:
        if before != after:
            print(f"{NAME} differs from make help or make rules; try: make agents", file=sys.stderr)
        return int(before != after)
    file.write_text(after, encoding="utf-8")
    print(f"Wrote {NAME}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
