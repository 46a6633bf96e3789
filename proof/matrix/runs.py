"""A run of the matrix: written, read, and merged from the shares of many machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_extensions import answers
from proof import variants
from proof.matrix import report
from proof.matrix.prover import Row
from proof.variants import Variant

PACKAGES = ("aws-cdk-lib", "cdk-nag", "cookiecutter", "jsii")


class Incomplete(ValueError):
    """The shares of a run don't add up to the product; the message has the difference."""


@dataclass(frozen=True)
class Run:
    """The results of a whole run.

    Args:
        rows: one for each variant, in the order of the product.
        machine: the machine, the versions and the duration.
    """

    rows: list[Row]
    machine: dict[str, Any]

    @property
    def failed(self) -> list[Row]:
        """The rows that are not proven."""
        return [row for row in self.rows if not row.proven]

    def to_json(self) -> dict[str, Any]:
        """Return the run as it is in matrix.json."""
        return {
            "machine": self.machine,
            "variants": len(self.rows),
            "proven": len(self.rows) - len(self.failed),
            "rows": [row.to_json() for row in self.rows],
        }

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Run:
        """Return the run that `to_json` wrote."""
        return cls([Row.from_json(row) for row in written["rows"]], written["machine"])


def merge(runs: Sequence[Run], product: Sequence[Variant]) -> Run:
    """Merge the shares of a run.

    Raises:
        Incomplete: a variant of the product is missing, is there twice, has other answers than
            it should, or is not of the product at all.
    """
    rows = [row for share in runs for row in share.rows]
    count = Counter(row.id for row in rows)
    known = {variant.id: variant for variant in product}
    problems = {
        "reported by no share": [name for name in known if name not in count],
        "reported twice": [name for name in count if count[name] > 1],
        "of no variant of the product": [name for name in count if name not in known],
        "of other answers": [
            row.id for row in rows if row.id in known and row.answers != known[row.id].answers
        ],
    }
    releases = {str([share.machine.get(name) for name in PACKAGES]) for share in runs}
    if len(releases) > 1:
        raise Incomplete(f"shares are of different releases: {' and '.join(sorted(releases))}")
    found = [
        f"{len(names)} {'is' if len(names) == 1 else 'are'} {problem}: {_few(names)}"
        for problem, names in problems.items()
        if names
    ]
    if found:
        raise Incomplete(f"of {len(known)} variants " + "; ".join(found))
    order = {name: position for position, name in enumerate(known)}
    machine = {
        **runs[0].machine,
        "machines": len(runs),
        "wall_seconds": max(share.machine["wall_seconds"] for share in runs),
        "cpu_seconds": round(sum(share.machine["cpu_seconds"] for share in runs), 1),
        "largest_process_mb": max(share.machine["largest_process_mb"] for share in runs),
        "ended": max(share.machine["ended"] for share in runs),
    }
    return Run(sorted(rows, key=lambda row: order[row.id]), machine)


def read(folder: Path) -> list[Run]:
    """Return the shares below a folder, such as the download folder of CI.

    Raises:
        Incomplete: there is none.
    """
    files = sorted(folder.rglob("matrix-*-of-*.json"))
    if not files:
        raise Incomplete(f"there is no matrix-*-of-*.json in {folder}")
    found = []
    for file in files:
        try:
            found.append(Run.from_json(json.loads(file.read_text(encoding="utf-8"))))
        except (KeyError, TypeError, ValueError) as error:
            raise Incomplete(f"{file} is not a share of a run: {error!r}") from None
    return found


def failure(row: Row) -> list[str]:
    """Return lines with a variant, its problems, and the command that reproduces it."""
    problems = row.problems or ["it has no stack"]
    again = f"make matrix ARGS='--id {row.id}'"
    return [f"FAILED {row.id}", *(f"  {line}" for line in (*problems, row.command, again))]


def write(found: Run, folder: Path, name: str = "matrix") -> None:
    """Write a run as JSON and as a page."""
    folder.mkdir(parents=True, exist_ok=True)
    written = found.to_json()
    text = json.dumps(written, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    page = report.page(written, variants.infrastructure_options(answers.asked()))
    (folder / f"{name}.html").write_text(page, encoding="utf-8")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
