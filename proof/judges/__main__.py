"""Compare the judges: `python -m proof.judges`.

Prints the breakages that no judge of `make check` notices, and last the figures by subject and
judge. Exits with 1 if the guardrails notice too little, or if another judge notices more than
`make check`. `--write` also writes docs/judges.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from proof.judges import board, cdk, guardrails, outside, page
from proof.judges.breakages import BREAKAGES
from proof.judges.good import good
from tap_guardrails import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scoreboard; return 1 if it is not good enough."""
    parser = argparse.ArgumentParser(prog="python -m proof.judges", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/judges.md")
    given = parser.parse_args(arguments)
    terminal = os.fdopen(os.dup(2), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # jsii repeats each report there
    sys.excepthook = lambda _, error, __: traceback.print_exception(error, file=terminal)
    with tempfile.TemporaryDirectory() as folder:
        versions, findings = _judged(Path(folder))
    table = board.rows(BREAKAGES, findings)
    if given.write:
        today = datetime.now(UTC).date()
        page.PAGE.write_text(page.text(table, versions, today), encoding="utf-8")
    found = [*board.problems(table)]
    for problem in found:
        print(problem)
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    for line in [["", "breakages", *board.JUDGES, "only guardrails"], *board.figures(table)]:
        print(f"{line[0]:40}", *(f"{cell:>15}" for cell in line[1:]))
    return 1 if found else 0


def _judged(folder: Path) -> tuple[dict[str, str], board.Findings]:
    """Return the versions of the judges, and all findings by template and judge."""
    variants = good(folder)
    templates: dict[str, Any] = {name: each.body for name, each in variants.items()}
    origins = dict(variants)
    for breakage in BREAKAGES:
        origins[breakage.id] = variants[breakage.variant]
        templates[breakage.id] = breakage.apply(templates[breakage.variant])
    versions, others = outside.findings(templates)
    findings = {
        name: {
            board.GUARDRAILS: guardrails.findings(origins[name], template),
            **cdk.findings(origins[name], template),
            **others[name],
        }
        for name, template in templates.items()
    }
    own = {
        board.GUARDRAILS: __version__,
        cdk.NAG: metadata.version("cdk-nag"),
        "aws-cdk-lib": metadata.version("aws-cdk-lib"),
    }
    return {**own, **versions}, findings


if __name__ == "__main__":
    sys.exit(main())
