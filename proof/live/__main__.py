"""Deploy variants to an emulator; test, update and destroy them.

`python -m proof.live` covers all pairs of infrastructure answers. It prints a table at the end, and
fails if any check failed.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from lifecycle.catalogue import Addition
from lifecycle.project import Project
from local_extensions import answers
from proof import additions, dependencies, variants
from proof.live import cli, harness
from proof.live.proof import (
    REGION,
    Mutations,
    Proof,
    Row,
    check_full_buckets_are_kept,
    check_protected_resources_are_kept,
)
from proof.matrix import prover
from proof.variants import Variant
from proof.warm_kernel import WarmSynth

LOG = answers.TEMPLATE_ROOT / "build" / "live-all.log"
# The emulator knows one partition; every test checks the stack's behaviour in it.
# Bases of the projects with every addition that fits.
EXTENDED = (
    "rest-iam.s3.on_demand.endpoints.customer_managed.audit",
    "http-cognito.none.provisioned.none.aws_managed.no_audit",
)
FIXED = {"aws_region": REGION, "environments": "dev,prod"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove the variants and print the table; return 1 if any check failed."""
    parser = argparse.ArgumentParser(prog="make live-all", description=main.__doc__)
    parser.add_argument("--variant", action="append", help="only this one; may be repeated")
    parser.add_argument("--jobs", type=int, default=3, help="variants at a time (default: 3)")
    parser.add_argument("--additions", action="store_true", help="only projects with additions")
    parser.add_argument("--no-cli", action="store_true", help="skip the CDK CLI")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        named = [variants.by_id(name) for name in given.variant or []]
    except ValueError as error:
        parser.error(str(error))
    chosen = named or ([] if given.additions else list(variants.all_pairs()))
    # No call may reach AWS, only the emulator.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="live-all-") as folder:
        projects = [_made(fixed(variant), Path(folder), n) for n, variant in enumerate(chosen)]
        bases = [] if named else [fixed(variants.by_id(name)) for name in EXTENDED]
        extended = [
            _made(base, Path(folder), n, fitting(base))
            for n, base in enumerate(bases, start=len(chosen))
        ]
        seconds = time.monotonic() - started
        print(f"{len(projects + extended)} projects synthesized in {seconds:.0f} s")
        try:
            works = [*zip(chosen, projects, strict=True), *zip(bases, extended, strict=True)]
            rows = _proven(works, len(chosen), given.jobs, cli_too=not given.no_cli)
        except harness.emulator.EmulatorError as error:
            print(error, file=sys.stderr)
            return 3
    print(table(rows, time.monotonic() - started))
    problems = [f"{row.variant}\n  {problem}" for row in rows for problem in row.problems]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"the emulator's log: {LOG}", file=sys.stderr)
    return 1 if problems else 0


def fixed(variant: Variant) -> Variant:
    """Return the variant with the environments and the region that are tested on the emulator."""
    kept = [(question, FIXED.get(question, value)) for question, value in variant.project]
    return replace(variant, project=tuple(kept))


_synth: list[WarmSynth] = []


def _made(variant: Variant, folder: Path, number: int, added: Sequence[Addition] = ()) -> Path:
    if not _synth:
        _synth.append(WarmSynth())
    project = prover.bake(variant, folder / f"{number:02}")
    _fill_in_ids(project)
    for addition in added:
        additions.apply(Project(project), addition)
    if added:
        _release_with_canaries(project)
    dependencies.link(project, str(variant.answers["python_version"]))
    dependencies.link_api_tools(project)
    _synth[0](project)
    return project


def _release_with_canaries(project: Path) -> None:
    """Let production release with canaries and snapshots, so that its callers invoke aliases."""
    settings = project / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    setting = "release=Release(percent=10, minutes=5, snap_start=True),\n        production=True,"
    changed = text.replace("production=True,", setting, 1)
    capacity = "from infra.environment.table import Capacity\n"
    changed = changed.replace(capacity, f"{capacity}from tap_project.release import Release\n", 1)
    if changed.count("Release") < text.count("Release") + 2:
        raise ValueError(f"{settings} has no place for a release")
    settings.write_text(changed, encoding="utf-8")


def _fill_in_ids(project: Path) -> None:
    """Replace the placeholders of an existing VPC, which `make deploy` refuses."""
    settings = project / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        re.sub(r"(vpc|subnet)-0{16}(\d)", r"\1-0123456789abcdef\2", text), encoding="utf-8"
    )


def fitting(base: Variant) -> list[Addition]:
    """Return one addition of each kind that fits a variant; the environments are fixed."""
    found = (each for each in additions.catalogue() if each.what != "environment")
    given = {**base.answers, **FIXED}
    return [addition for addition in found if addition.misfit(given) is None]


def _proven(
    works: Sequence[tuple[Variant, Path]], plain: int, jobs: int, *, cli_too: bool
) -> list[Row]:
    """Prove projects: those after the first `plain` ones have additions."""
    rows = [Row(variant.id) for variant, _ in works[:plain]]
    rows += [Row(f"{variant.id} with additions") for variant, _ in works[plain:]]
    mutations = Mutations()
    with harness.running(LOG) as emulator, ThreadPoolExecutor(jobs) as pool:
        os.environ.update(emulator.environment("000000000000"))
        check_full_buckets_are_kept(emulator, _account(len(works) + 1))
        check_protected_resources_are_kept(emulator, _account(len(works) + 2))
        work = []
        if cli_too:  # first, because it takes the longest
            rows.append(Row("default, through the CDK CLI"))
            work.append(pool.submit(cli.prove, emulator, _account(len(works)), rows[-1]))
        for number, (variant, project) in enumerate(works):
            proof = Proof(variant, project, emulator, _account(number), rows[number])
            work.append(pool.submit(_prove, proof, mutations if number < plain else None))
        try:
            for job in work:
                job.result()
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return rows


def _prove(proof: Proof, mutations: Mutations | None) -> None:
    if mutations is None:
        proof.run_additions()
    else:
        proof.run(mutations)
    verdict = "failed" if proof.row.problems else "ok"
    problems = "".join(f"\n  {problem}" for problem in proof.row.problems)
    print(f"{verdict} {proof.row.variant} ({proof.row.seconds:.0f} s){problems}", flush=True)


def _account(number: int) -> str:
    return f"{200_000_000_000 + number}"


def table(rows: list[Row], seconds: float) -> str:
    """Return the results as a table: a line for each variant, and the totals."""
    heads = "deployed", "tests", "requests", "denied", "mutated", "caught", "destroyed", "seconds"
    width = max(len(row.variant) for row in rows)
    lines = [" ".join([" " * width, *(f"{head:>9}" for head in heads)])]
    total = [0.0] * len(heads)
    for row in rows:
        figures: list[float] = [row.deployed, row.tests, row.requests, row.denials]
        figures += [row.mutated, len(row.caught), row.destroyed, row.seconds]
        total = [sum(pair) for pair in zip(total, figures, strict=True)]
        lines.append(_line(row.variant.ljust(width), figures))
    lines.append(_line("all".ljust(width), [*total[:-1], seconds]))
    catches = sorted({(what, test) for row in rows for what, test in row.caught.items()})
    lines += ["", "Without this permission, this test fails:"]
    lines += [f"  {what}\n    {test}" for what, test in catches]
    return "\n".join(lines)


def _line(name: str, figures: Sequence[float]) -> str:
    return " ".join([name, *(f"{figure:9.0f}" for figure in figures)])


if __name__ == "__main__":
    sys.exit(main())
