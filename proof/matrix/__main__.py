"""Prove every variant of the template, and draw the map: `python -m proof.matrix`.

Each variant is baked, read, linted, synthesized and checked in a warm process. The results are
in build/matrix.json, one row for each variant, and in build/matrix.html as a page.

On many machines: `--shard 1/8` proves a share and writes build/matrix-1-of-8.json; `--merge folder`
merges the shares, and fails if a variant of the product is in none of them. It needs
nothing but Python.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from local_extensions import answers
from proof import dependencies, variants
from proof.matrix import prover
from proof.matrix.progress import Progress, clock
from proof.matrix.prover import Row
from proof.matrix.runs import PACKAGES, Run, failure, merge, read, write
from proof.matrix.workers import prove_all
from proof.variants import Variant

BUILD = answers.TEMPLATE_ROOT / "build"


def run(chosen: Sequence[Variant], processes: int, progress: Progress) -> Run:
    """Prove these variants in this number of processes."""
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove the product or a share of it, or merge shares; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m proof.matrix", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--shard", metavar="I/N", help="the share of machine I of N")
    which.add_argument("--pairs", action="store_true", help="all pairs instead of the product")
    which.add_argument("--id", action="append", metavar="ID", help="only this variant")
    which.add_argument("--merge", type=Path, metavar="FOLDER", help="merge shares")
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
    """Vendor the functions' dependencies before the timing starts, once for each Python."""
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
        f" {clock(machine['wall_seconds'])} wall, {clock(machine['cpu_seconds'])} CPU,"
        f" {machine['cpu_seconds'] / total:.2f} s CPU a variant,"
        f" {machine['largest_process_mb']} MB in the largest process\n{page}"
    )


def _cpu_seconds() -> float:
    """Return the CPU time of this process and its ended child processes, kernels included."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _largest_process_mb() -> int:
    """Return the peak memory of the largest ended child process, which is a kernel."""
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return size // (1_000_000 if sys.platform == "darwin" else 1_000)


if __name__ == "__main__":
    sys.exit(main())
