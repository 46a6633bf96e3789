"""Joins the reports of many machines: `python -m tools.completeness build/shards/*/matrix.json`.

A report is JSON with a list `variants`; each has an `id` and a `verdict`, which is "passed" if all
went well. Only the standard library is used, so nothing has to be installed to run it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests import variants


def problems(reports: Iterable[Path], expected: Iterable[str]) -> list[str]:
    """Return one line for each variant that no report names, or that did not pass."""
    verdicts: dict[str, str] = {}
    for report in reports:
        for row in json.loads(report.read_text(encoding="utf-8"))["variants"]:
            verdicts[row["id"]] = row["verdict"]
    return [
        f"{name}: {verdicts.get(name, 'not reported')}"
        for name in expected
        if verdicts.get(name) != "passed"
    ]


def main(arguments: Sequence[str]) -> int:
    """Print what is missing or failed, and then how many passed."""
    expected = [variant.id for variant in variants.product()]
    found = problems([Path(argument) for argument in arguments], expected)
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(expected) - len(found)} of {len(expected)} variants passed")
    return 1 if found or not expected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
