"""Measure the template's performance against its limits: `python -m proof.bench`.

Two commands are always measured in turns, and only their ratio is reported, because seconds depend
on the machine. CPU time is that of all processes. docs/performance.md explains the limits.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from local_extensions import answers
from proof import cold_process, dependencies, large_assembly, variants
from proof.matrix import prover
from proof.variants import Variant
from proof.warm_kernel import WarmSynth

PROJECT = answers.TEMPLATE_ROOT / "{{cookiecutter.project_slug}}"
REPORT = answers.TEMPLATE_ROOT / "build" / "bench.json"
# As many as one of two workers of `make matrix` proves with one kernel.
WARM_VARIANTS, COLD_VARIANTS = 288, 8

Step = Callable[[], None]


@dataclass(frozen=True)
class Cost:
    """CPU and wall time, in seconds."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Comparison:
    """Two commands that are measured in turns.

    Args:
        limit: the maximum ratio of `mine` to `theirs`, or with `gain` the minimum saving.
        on: the time that the limit applies to.
        runs: the number of runs of each.
        seconds: the maximum time of `mine` itself.
    """

    name: str
    mine: str
    theirs: str
    limit: float
    on: str
    runs: int
    prepare: Callable[[Path], tuple[Step, Step]]
    gain: bool = False
    shares: tuple[int, int] = (1, 1)
    seconds: float | None = None


@dataclass(frozen=True)
class Result:
    """The ratios of a comparison, one for each run."""

    comparison: Comparison
    mine: list[Cost]
    theirs: list[Cost]

    def ratios(self, on: str) -> list[float]:
        """Return the ratios of one of the two times, smallest first."""
        my_share, their_share = self.comparison.shares
        pairs = [
            (getattr(mine, on) / my_share, getattr(theirs, on) / their_share)
            for mine, theirs in zip(self.mine, self.theirs, strict=True)
        ]
        return sorted(their / my if self.comparison.gain else my / their for my, their in pairs)

    @property
    def met(self) -> bool:
        """Whether the median is within the limit."""
        ratio, limit = statistics.median(self.ratios(self.comparison.on)), self.comparison.limit
        seconds = self.comparison.seconds
        own = statistics.median(getattr(cost, self.comparison.on) for cost in self.mine)
        in_time = seconds is None or own <= seconds
        return in_time and (ratio >= limit if self.comparison.gain else ratio <= limit)

    @property
    def line(self) -> list[str]:
        """Return the result as a row of the table."""
        shown = [
            f"{statistics.median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"
            for found in (self.ratios("cpu"), self.ratios("wall"))
        ]
        word = "at least" if self.comparison.gain else "at most"
        limit = f"{word} {self.comparison.limit:g} {self.comparison.on}"
        if self.comparison.seconds is not None:
            limit += f", {self.comparison.seconds:g} s"
        return [
            self.comparison.name,
            str(len(self.mine)),
            *shown,
            limit,
            "met" if self.met else "MISSED",
        ]


def measured(step: Step) -> Cost:
    """Run a step that works in child processes, and return their times."""
    before, started = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    step()
    wall, after = time.perf_counter() - started, getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, wall)


def compare(comparison: Comparison, runs: int) -> Result:
    """Run both in turns; the first run fills the caches and is not counted."""
    mine, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="tap-bench-") as folder:
        my_step, their_step = comparison.prepare(Path(folder))
        for n in range(runs + 1):
            pair = measured(my_step), measured(their_step)
            if n:
                mine.append(pair[0])
                theirs.append(pair[1])
    return Result(comparison, mine, theirs)


def run(*command: str | Path, cwd: Path | None = None, tools: Path | None = None) -> None:
    """Run a command quietly, with the tools of a folder on its path.

    Raises:
        RuntimeError: it failed; with the end of its output.
    """
    environment = cold_process.environment()
    if tools is not None:
        environment["PATH"] = f"{tools}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed: {done.stdout[-2000:]}")


def spread(count: int) -> list[Variant]:
    """Return variants evenly spread over the product, balanced by their number of stacks.

    A project with four environments costs four times as much as one with one.
    """
    found = []
    for position, environments in enumerate(variants.ENVIRONMENTS):
        alike = [v for v in variants.product() if v.answers["environments"] == environments]
        share = count // len(variants.ENVIRONMENTS)
        begin = position * len(alike) // count
        found += [alike[begin + n * len(alike) // share] for n in range(share)]
    return found


def matrix_work(folder: Path) -> tuple[Step, Step]:
    chosen = spread(COLD_VARIANTS)

    def warm() -> None:
        run(sys.executable, "-m", __spec__.name, "--warm", cwd=answers.TEMPLATE_ROOT)

    def cold_each() -> None:
        for variant in chosen:
            command = (sys.executable, "-m", __spec__.name, "--cold", variant.id)
            run(*command, cwd=answers.TEMPLATE_ROOT)

    return warm, cold_each


def verified_with(package_manager: str) -> Callable[[Path], tuple[Step, Step]]:
    """Time from answers to a verified project, compared with the CDK's own commands."""

    def prepare(folder: Path) -> tuple[Step, Step]:
        cdk = cold_process.cdk_cli(prover.bake(variants.default(), folder / "cli"))
        # Users of uv have it outside of the environment that cookiecutter runs in.
        tools = folder / "tools"
        tools.mkdir()
        if package_manager == "uv":
            (tools / "uv").symlink_to(dependencies.UV)

        def mine() -> None:
            shutil.rmtree(folder / "mine", ignore_errors=True)
            run(
                *(sys.executable, "-m", "cookiecutter", str(answers.TEMPLATE_ROOT), "--no-input"),
                *("--default-config", "--output-dir", str(folder / "mine")),
                f"package_manager={package_manager}",
                tools=tools,
            )
            if not (folder / "mine" / "tap-service" / "cdk.out" / "manifest.json").exists():
                raise RuntimeError("the project was not verified")

        def theirs() -> None:
            sample = folder / "sample"
            shutil.rmtree(sample, ignore_errors=True)
            sample.mkdir()
            init = ("init", "sample-app", "--language", "python", "--generate-only")
            run(cold_process.NODE, cdk, *init, cwd=sample)
            run(sys.executable, "-m", "venv", ".venv", cwd=sample)
            run(sample / ".venv/bin/python", "-m", "pip", "install", "-r", "requirements.txt",
                cwd=sample)  # fmt: skip
            app = f"{sample / '.venv/bin/python'} app.py"
            run(cold_process.NODE, cdk, "synth", "--quiet", "--app", app, cwd=sample)

        return mine, theirs

    return prepare


BARE = '''"""The same imports and plugins as the project's own app, and one bucket."""

import json

import aws_cdk as cdk
import infra.app
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

context = json.loads((infra.app.ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
app = cdk.App(analytics_reporting=False, context=context)
stack = cdk.Stack(app, "bare", env=cdk.Environment(region="us-east-1"))
bucket = s3.Bucket(stack, "Bucket", enforce_ssl=True, encryption=s3.BucketEncryption.S3_MANAGED)
why = cdk.Acknowledgment(id="AwsSolutions-S1", reason="It is measured, and never deployed")
cdk.Validations.of(bucket).acknowledge(why)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
'''


def synth_work(folder: Path) -> tuple[Step, Step]:
    project = prover.bake(variants.default(), folder)
    dependencies.link(project, "3.14")
    bare = folder / "bare"
    shutil.copytree(project, bare, symlinks=True)
    (bare / "app.py").write_text(BARE, encoding="utf-8")

    def synth(of: Path) -> None:
        run(*cold_process.command(of, of / "cdk.out"), cwd=of)

    return (lambda: synth(project)), (lambda: synth(bare))


def check_work(folder: Path) -> tuple[Step, Step]:
    project = prover.bake(variants.default(), folder)
    run("make", "install-dev", cwd=project)

    def check() -> None:
        run("make", "check", cwd=project)

    def synth() -> None:
        run("make", "synth", cwd=project)

    return check, synth


def hook_work(folder: Path) -> tuple[Step, Step]:
    def bake(hooks: str) -> Step:
        command = (sys.executable, "-m", "cookiecutter", str(answers.TEMPLATE_ROOT), "--no-input")
        given = ("--default-config", "--overwrite-if-exists", "--accept-hooks", hooks)
        out = ("--output-dir", str(folder / hooks), "verify=no")
        return lambda: run(*command, *given, *out)

    return bake("yes"), bake("no")


def judge_work(folder: Path) -> tuple[Step, Step]:
    def judge(stacks: int) -> Step:
        assembly = folder / str(stacks)
        large_assembly.write(assembly, stacks)
        # Findings are expected (exit code 1).
        code = (
            "import sys; from tap_guardrails.__main__ import main;"
            " sys.exit(main(sys.argv[1:]) != 1)"
        )
        command = ("check", "--profile", "house", "--json", str(assembly))
        return lambda: run(sys.executable, "-c", code, *command, cwd=PROJECT)

    return judge(large_assembly.STACKS), judge(large_assembly.STACKS // 2)


COMPARISONS = {
    "matrix": Comparison(
        "a variant, cold / warm",
        f"{WARM_VARIANTS} variants in one warm process",
        f"{COLD_VARIANTS} variants in a cold process each",
        limit=10, on="cpu", runs=2, prepare=matrix_work, gain=True,
        shares=(WARM_VARIANTS, COLD_VARIANTS),
    ),
    "uv": Comparison(
        "verified project with uv / cdk init",
        "cookiecutter with verify", "cdk init sample-app, install, synth",
        limit=0.45, on="wall", runs=3, prepare=verified_with("uv"),
    ),
    "pip": Comparison(
        "verified project with pip / cdk init",
        "cookiecutter with verify", "cdk init sample-app, install, synth",
        limit=0.8, on="wall", runs=3, prepare=verified_with("pip"),
    ),
    "synth": Comparison(
        "cdk synth / its imports and a bucket",
        "cdk synth of the default project", "the same imports and plugins, one bucket",
        limit=1.6, on="cpu", runs=7, prepare=synth_work,
    ),
    "check": Comparison(
        "make check / make synth",
        "make check of the default project", "make synth of it",
        limit=2.6, on="cpu", runs=5, prepare=check_work,
    ),
    "judge": Comparison(
        "judging 1,000 resources / 500, each",
        "1,000 resources, 120 functions", "500 resources, 60 functions",
        limit=1.3, on="cpu", runs=5, prepare=judge_work,
        shares=(2, 1), seconds=1.0,
    ),
    "hooks": Comparison(
        "bake with hooks / without",
        "cookiecutter", "cookiecutter --accept-hooks no",
        limit=1.5, on="wall", runs=9, prepare=hook_work,
    ),
}  # fmt: skip


def prove_warm() -> None:
    """Prove these variants as a worker of the matrix does."""
    synth = WarmSynth()
    for variant in spread(WARM_VARIANTS):
        _proven(prover.prove(variant, synth))


def prove_cold(variant: Variant) -> None:
    """Prove one variant with fresh processes."""
    _proven(
        prover.prove(variant, lambda project: cold_process.synthesize(project, project / "cdk.out"))
    )


def _proven(row: prover.Row) -> None:
    if not row.proven:
        raise RuntimeError(f"{row.id}: {'; '.join(row.problems)}")


def table(results: Sequence[Result]) -> Iterator[str]:
    """Return the results as lines of Markdown."""
    head = ["ratio", "runs", "CPU: median (range)", "wall: median (range)", "limit", ""]
    rows = [head, *(result.line for result in results)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(head))]
    for n, row in enumerate(rows):
        yield "| " + " | ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) + " |"
        if n == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and return 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m proof.bench", description=__doc__)
    parser.add_argument("only", nargs="*", help=f"some of {', '.join(COMPARISONS)}")
    parser.add_argument("--runs", type=int, metavar="N", help="runs of each comparison")
    parser.add_argument("--warm", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cold", metavar="ID", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.warm:
        prove_warm()
        return 0
    if given.cold:
        prove_cold(variants.by_id(given.cold))
        return 0
    if unknown := [name for name in given.only if name not in COMPARISONS]:
        print(f"{unknown[0]!r} is not a comparison; try {', '.join(COMPARISONS)}", file=sys.stderr)
        return 2
    results = []
    for name in given.only or COMPARISONS:
        comparison = COMPARISONS[name]
        runs = given.runs or comparison.runs
        print(f"{comparison.mine}, against {comparison.theirs}, {runs} times", flush=True)
        results.append(compare(comparison, runs))
        own, other = results[-1].mine, results[-1].theirs
        for what, costs in ((comparison.mine, own), (comparison.theirs, other)):
            cpu, wall = (statistics.median(getattr(c, on) for c in costs) for on in ("cpu", "wall"))
            print(f"  {what}: {cpu:.2f} s CPU, {wall:.2f} s wall (medians)", flush=True)
    print(f"\n{os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print("\n".join(table(results)))
    _write(results)
    return 0 if all(result.met for result in results) else 1


def _write(results: Sequence[Result]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    found = [
        {
            "ratio": result.comparison.name,
            "limit": result.comparison.limit,
            "met": result.met,
            "cpu": result.ratios("cpu"),
            "wall": result.ratios("wall"),
            "seconds": {
                result.comparison.mine: [vars(cost) for cost in result.mine],
                result.comparison.theirs: [vars(cost) for cost in result.theirs],
            },
        }
        for result in results
    ]
    REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
