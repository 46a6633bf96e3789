"""Prove every variant of the template, and draw the map: `python -m proof.matrix`.

Each variant is baked, read, linted, synthesized and judged in a warm process. What came out stands
in build/matrix.json, one row a variant, and in build/matrix.html, to be looked at.

On many machines: `--shard 1/8` proves a share and writes build/matrix-1-of-8.json; `--merge folder`
puts the shares together, and fails when a variant of the product is in none of them. It needs
nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from local_extensions import answers
from proof import dependencies, variants
from proof.matrix import prover, report
from proof.matrix.prover import Row
from proof.matrix.workers import prove_all
from proof.variants import Variant

BUILD = answers.TEMPLATE_ROOT / "build"
PACKAGES = ("aws-cdk-lib", "cdk-nag", "cookiecutter", "jsii")


class Incomplete(ValueError):
    """The shares of a run don't make up the product; the text says how."""


@dataclass(frozen=True)
class Run:
    """What is known of a whole run.

    Args:
        rows: one for each variant, in the order of the product.
        machine: where it ran, with what, and how long it took.
    """

    rows: list[Row]
    machine: dict[str, Any]

    @property
    def failed(self) -> list[Row]:
        """The rows that are not proven."""
        return [row for row in self.rows if not row.proven]

    def to_json(self) -> dict[str, Any]:
        """Return the run as matrix.json has it."""
        return {
            "machine": self.machine,
            "variants": len(self.rows),
            "proven": len(self.rows) - len(self.failed),
            "rows": [row.to_json() for row in self.rows],
        }

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Run:
        """Return what `to_json` made this of."""
        return cls([Row.from_json(row) for row in written["rows"]], written["machine"])


def run(chosen: Sequence[Variant], processes: int, progress: Progress) -> Run:
    """Prove these variants in so many processes."""
    _vendor(chosen)
    started, cpu = time.monotonic(), _cpu_seconds()
    rows: dict[str, Row] = {}
    try:
        for row in prove_all(chosen, processes):
            rows[row.id] = row
            progress.proved(row)
    finally:
        progress.finish()
    machine = {
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "processes": processes,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "wall_seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(_cpu_seconds() - cpu, 1),
        "largest_process_mb": _largest_process_mb(),
        **{name: version(name) for name in PACKAGES},
    }
    return Run([rows[variant.id] for variant in chosen], machine)


def merge(runs: Sequence[Run], product: Sequence[Variant]) -> Run:
    """Put the shares of a run together.

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
    """Return the shares below a folder, such as the one that CI downloaded them to.

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
            raise Incomplete(f"{file} is no share of a run: {error!r}") from None
    return found


def failure(row: Row) -> list[str]:
    """Return lines that name a variant, what is wrong with it, and what reproduces it."""
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


class Progress:
    """Says how far a run is: in place on a terminal, by lines elsewhere; failures at once."""

    WIDTH = 30
    LINE_EVERY = 15.0

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._failed = 0
        self._started = self._said = time.monotonic()
        self._live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._coloured = self._live and not os.environ.get("NO_COLOR")

    def proved(self, row: Row) -> None:
        """Count a variant; name it with what reproduces it when it failed."""
        self._done += 1
        if not row.proven:
            self._failed += 1
            self._erase()
            headline, *rest = failure(row)
            print("\n".join([self._paint("31", headline), *rest]), flush=True)
        self._show()

    def finish(self) -> None:
        """Leave a clean line for what comes next."""
        self._erase()

    def _show(self) -> None:
        now = time.monotonic()
        elapsed = now - self._started
        left = elapsed / self._done * (self._total - self._done)
        said = (
            f"{self._done}/{self._total} proven"
            if not self._failed
            else (f"{self._done}/{self._total} judged, {self._failed} failed")
        )
        said += f", {_clock(left)} left" if self._done < self._total else f" in {_clock(elapsed)}"
        if self._live:
            filled = self.WIDTH * self._done // self._total
            bar = self._paint("31" if self._failed else "32", "━" * filled)
            print(f"\r\x1b[K{bar}{'─' * (self.WIDTH - filled)} {said}", end="", flush=True)
        elif now - self._said >= self.LINE_EVERY or self._done == self._total:
            self._said = now
            print(said, flush=True)

    def _erase(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", flush=True)

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove the product or a share of it, or merge shares; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m proof.matrix", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--shard", metavar="I/N", help="the share of machine I of N")
    which.add_argument("--pairs", action="store_true", help="all pairs instead of the product")
    which.add_argument("--id", action="append", metavar="ID", help="just this variant")
    which.add_argument("--merge", type=Path, metavar="FOLDER", help="put shares together")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--output", type=Path, default=BUILD, metavar="FOLDER")
    given = parser.parse_args(arguments)
    try:
        if given.merge:
            found, name = merge(read(given.merge), variants.product()), "matrix"
            for row in found.failed:
                print("\n".join(failure(row)))
        else:
            chosen = _chosen(given)
            name = "matrix"
            if given.shard:
                name = f"matrix-{given.shard.replace('/', '-of-')}"
            elif len(chosen) < len(variants.product()):
                name = "matrix-sample"
            found = run(chosen, min(given.processes, len(chosen)), Progress(len(chosen)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    write(found, given.output, name)
    print(_summary(found, given.output / f"{name}.html"))
    return 1 if found.failed else 0


def _chosen(given: argparse.Namespace) -> tuple[Variant, ...]:
    if given.processes < 1:
        raise ValueError(f"--processes {given.processes} is below 1; try 2")
    if given.id:
        return tuple(variants.by_id(name) for name in dict.fromkeys(given.id))
    if given.pairs:
        return variants.all_pairs()
    if given.shard is None:
        return variants.product()
    index, slash, count = given.shard.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal()):
        raise ValueError(f"--shard {given.shard!r} is not of the form I/N; try '1/8'")
    chosen = variants.shard(int(index), int(count))
    if not chosen:
        raise ValueError(f"--shard {given.shard!r} has no variant; try fewer machines")
    return chosen


def _vendor(chosen: Iterable[Variant]) -> None:
    """Vendor what the functions import before anything is timed, once for each Python."""
    lock = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER / "requirements" / "lambda.txt"
    for python in sorted({str(prover.complete(one)["python_version"]) for one in chosen}):
        dependencies.vendored(lock, python)


def _summary(found: Run, page: Path) -> str:
    machine, total = found.machine, len(found.rows)
    return (
        f"{total - len(found.failed)} of {total} variants are proven:"
        f" {sum(len(row.stacks) for row in found.rows)} stacks,"
        f" {sum(sum(row.resources.values()) for row in found.rows)} resources,"
        f" {sum(row.checks for row in found.rows)} checks for seed faults,"
        f" {sum(row.findings for row in found.rows)} findings;"
        f" {_clock(machine['wall_seconds'])} wall, {_clock(machine['cpu_seconds'])} CPU,"
        f" {machine['cpu_seconds'] / total:.2f} s CPU a variant,"
        f" {machine['largest_process_mb']} MB in the largest process\n{page}"
    )


def _cpu_seconds() -> float:
    """CPU time of this process and of every one that it waited for, kernels included."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _largest_process_mb() -> int:
    """Memory of the largest process that ended by now: a kernel, just before it did."""
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return size // (1_000_000 if sys.platform == "darwin" else 1_000)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


if __name__ == "__main__":
    sys.exit(main())
