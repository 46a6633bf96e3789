"""Prove that whatever `make add` adds fits every project: `python -m proof.additions`.

Each addition is made on base variants that have every value of every question, and each ordered
pair of additions on eight of them. A project with additions must be formatted and without findings,
keep the resources that it had, and be the same whichever of two additions was first. A sample of
the pairs must also pass the project's own `make check`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lifecycle import add
from lifecycle.catalogue import CATALOGUE, KINDS, Addition, Refused
from lifecycle.change import with_environment
from lifecycle.project import Project
from local_extensions.answers import TEMPLATE_ROOT
from proof import cold_process, dependencies, scratch, variants
from proof.matrix.prover import bake, findings, lint_problems
from proof.variants import Variant
from proof.warm_kernel import WarmSynth

BASES = 8
"""The number of variants on which pairs are proven."""
CHECKS = 24
"""The number of pairs that run the project's own check."""
SHARED = frozenset(
    {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::Stage",
        "AWS::CloudTrail::Trail",
        "AWS::CloudWatch::Dashboard",
        "AWS::EC2::VPCEndpoint",
        "AWS::KMS::Key",
    }
)
"""Types of resources that an addition may change, because they serve the whole stack."""
SHARED_IDS = ("AccessLogsPolicy", "AlarmsNotificationPolicy")
"""Beginnings of the logical ids of policies that it may change, for the same reason."""


Declared = Mapping[str, frozenset[str]]

BUILD = TEMPLATE_ROOT / "build" / "additions"
"""Where the bases are rendered."""


@dataclass(frozen=True)
class Case:
    """Additions on one variant.

    Args:
        variant: the base.
        additions: what is added.
        orders: the orders in which they are added, and which must give the same templates;
            empty: only the given one.
        checked: whether the project runs its own `make check` instead of a warm synth.
    """

    variant: Variant
    additions: tuple[Addition, ...]
    orders: tuple[tuple[Addition, ...], ...] = ()
    checked: bool = False

    def __str__(self) -> str:
        made = " then ".join(map(add.described, self.additions)) or "nothing"
        return f"{self.variant.id}: {made}{', make check' if self.checked else ''}"


@dataclass
class Result:
    """What one case showed.

    Args:
        case: its name.
        refused: why an addition is impossible on this base, if it is.
        problems: what is wrong.
    """

    case: str
    refused: str = ""
    problems: list[str] = field(default_factory=list)


def catalogue(suffix: str = "") -> list[Addition]:
    """Return one addition of each kind; a worker of each event source, and a function twice."""
    made = []
    for what, kind in CATALOGUE.items():
        name = f"{what[:9].rstrip('-')}-one{suffix}" if kind.named else ""
        if what == "worker":
            made += [Addition(what=what, name=f"{k}-one{suffix}", kind=k) for k in KINDS]
        elif what == "environment":
            made.append(Addition(what=what, name=f"stage{suffix}"))
        else:
            made.append(Addition(what=what, name=name))
        if what == "function":
            route = f"GET /reports{suffix}/{{id}}"
            made.append(Addition(what=what, name=f"route-one{suffix}", route=route))
    return made


def singles() -> Iterator[Case]:
    """Yield each addition on variants that cover each pair of answers."""
    for variant in variants.all_pairs():
        for addition in catalogue():
            yield Case(variant, (addition,))


def pairs() -> Iterator[Case]:
    """Yield each pair of additions, in both orders, on some variants; of a named kind, two."""
    for variant in bases():
        for first, second in itertools.combinations_with_replacement(range(len(catalogue())), 2):
            one, two = catalogue()[first], catalogue("-two")[second]
            if one.what != two.what or CATALOGUE[one.what].named:
                yield Case(variant, (one, two), ((one, two), (two, one)))


def threes() -> Iterator[Case]:
    """Yield three workers of one kind."""
    for variant in bases():
        for kind in KINDS:
            names = [f"{kind}-{number}" for number in ("one", "two", "three")]
            workers = (Addition(what="worker", name=name, kind=kind) for name in names)
            yield Case(variant, tuple(workers))


def checks() -> Iterator[Case]:
    """Yield a sample of the pairs, on all variants in turn; each addition meets most answers."""
    met: set[object] = set()

    def met_by(variant: Variant, pair: tuple[Addition, ...]) -> set[object]:
        answered = itertools.product(map(str, pair), variant.answers.items())
        return {frozenset(map(str, pair)), *answered}

    for variant in itertools.islice(itertools.cycle(variants.all_pairs()), CHECKS):
        fitting = [one for one in catalogue() if not one.misfit(variant.answers)]
        pairs_of_it = itertools.combinations(fitting, 2)
        best = max(pairs_of_it, key=lambda pair: len(met_by(variant, pair) - met))
        met |= met_by(variant, best)
        yield Case(variant, best, checked=True)


def bases() -> Sequence[Variant]:
    """Return the variants for pairs: each value of each question is in one of them."""
    chosen: list[Variant] = []
    missing = {pair for v in variants.all_pairs() for pair in v.answers.items()}
    remaining = list(variants.all_pairs())
    while len(chosen) < BASES:
        best = max(remaining, key=lambda v: len(missing & set(v.answers.items())))
        remaining.remove(best)
        missing -= set(best.answers.items())
        chosen.append(best)
    if missing:
        raise AssertionError(f"no base has {sorted(map(str, missing))}")
    return chosen


@cache
def _synth() -> WarmSynth:
    return WarmSynth()


@cache
def _base(variant: Variant) -> tuple[Path, dict[str, Any]]:
    """Return a rendered variant and its templates."""
    BUILD.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="base-", dir=BUILD))
    project = bake(variant, folder)
    return project, _templates(project)


def _templates(project: Path) -> dict[str, Any]:
    given = Project(project).answers
    dependencies.link(project, str(given["python_version"]))
    out = project / "cdk.out"
    shutil.rmtree(out, ignore_errors=True)
    with dependencies.staged(project, out):
        _synth()(project)
    found, _ = findings(out)
    if found:
        raise AssertionError(f"{found} findings")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    stacks = {
        name: artifact["properties"]["templateFile"]
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    return {name: json.loads((out / file).read_text("utf-8")) for name, file in stacks.items()}


def check(project: Path) -> Iterator[str]:
    """Yield why the project's own `make picture check` fails."""
    done = subprocess.run(
        ["make", "picture", "check"],
        cwd=project,
        env={k: v for k, v in cold_process.environment().items() if k != "VIRTUAL_ENV"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or "Checked: " not in done.stdout:
        yield "make check: " + " ".join((done.stdout[-1500:] + done.stderr[-1500:]).split())


def prove(case: Case) -> Result:
    """Return what a case shows."""
    result = Result(str(case))
    try:
        if case.checked:
            # On disk, where the installed packages are linked instead of copied.
            with tempfile.TemporaryDirectory(prefix="tap-additions-") as folder:
                project = bake(case.variant, Path(folder))
                for addition in case.additions:
                    apply(Project(project), addition)
                result.problems += list(check(project))
            return result
        base, before = _base(case.variant)
        memory = scratch.folder()
        made: list[tuple[dict[str, str], dict[str, Any]]] = []
        for order in case.orders or (case.additions,):
            with tempfile.TemporaryDirectory(prefix="tap-additions-", dir=memory) as folder:
                copy = Path(folder) / base.name
                shutil.copytree(base, copy, ignore=shutil.ignore_patterns("cdk.out", "build"))
                for addition in order:
                    apply(Project(copy), addition)
                texts = sources(copy)
                if made and texts == made[0][0]:
                    continue  # the same code has the same templates
                result.problems += lint_problems(copy)
                made.append((texts, _templates(copy)))
        result.problems += list(changes(before, made[0][1], declared(case.additions)))
        # The address ranges of environments are numbered as they come.
        numbered = all(addition.what == "environment" for addition in case.additions)
        if not numbered and any(templates != made[0][1] for _, templates in made[1:]):
            result.problems.append("the templates depend on the order")
    except Refused as error:
        result.refused = str(error)
    except Exception as error:  # every case needs a result
        result.problems.append(f"{type(error).__name__}: {' '.join(str(error).split())[:900]}")
    return result


def sources(project: Path) -> dict[str, str]:
    """Return the code that the templates are made of, by file."""
    return {
        path.relative_to(project).as_posix(): path.read_text(encoding="utf-8")
        for folder in ("infra", "service")
        for path in (project / folder).rglob("*.py")
    }


def apply(project: Project, addition: Addition) -> None:
    """Add to a project, without git.

    Raises:
        Refused: the project can't have it.
    """
    if addition.what == "environment":
        with_environment(project, addition.name).write(project.root)
    else:
        add.prepared(project, addition).write(project.root)


def declared(additions: Iterable[Addition]) -> Declared:
    """Return the properties that additions change in place, by resource type."""
    found: dict[str, frozenset[str]] = {}
    for addition in additions:
        for kind, properties in CATALOGUE[addition.what].changes.items():
            found[kind] = found.get(kind, frozenset()) | frozenset(properties)
    return found


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], may_change: Declared | None = None
) -> Iterator[str]:
    """Yield each resource that is missing or different, other than shared ones.

    Args:
        before: the templates of a project.
        after: those with additions.
        may_change: properties that may differ.
    """
    for stack, template in before.items():
        if stack not in after:
            yield f"the stack {stack} is gone"
            continue
        resources = after[stack]["Resources"]
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] in SHARED or logical_id.startswith(SHARED_IDS):
                continue
            if logical_id not in resources:
                yield f"{logical_id} ({resource['Type']}) is gone"
                continue
            allowed = (may_change or {}).get(resource["Type"], frozenset())
            if _comparable(resource, allowed) != _comparable(resources[logical_id], allowed):
                yield f"{logical_id} ({resource['Type']}) differs"


def _comparable(resource: Mapping[str, Any], may_change: Iterable[str] = ()) -> str:
    """Return a resource without what all functions and tables of a project may share."""
    properties = dict(resource.get("Properties", {}))
    for name in may_change:
        properties.pop(name, None)
    if resource["Type"] in {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion"}:
        properties.pop("Code", None)
    if resource["Type"] == "AWS::DynamoDB::Table":
        properties.pop("StreamSpecification", None)
    if resource["Type"] == "AWS::S3::Bucket":
        properties.pop("NotificationConfiguration", None)
    return json.dumps({**resource, "Properties": properties, "Metadata": None}, sort_keys=True)


def main(arguments: list[str] | None = None) -> int:
    """Prove all cases, print the problems and the figures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", default=["singles", "pairs", "threes", "checks"])
    parser.add_argument("--only", default="", help="a text of the cases to prove")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--shard", default="1/1", help="a share of the base variants, such as 2/8")
    given = parser.parse_args(arguments)
    number, count = map(int, given.shard.split("/"))
    makers = {"singles": singles, "pairs": pairs, "threes": threes, "checks": checks}
    cases = [case for which in given.which for case in makers[which]() if given.only in str(case)]
    ids = sorted({case.variant.id for case in cases})
    cases = [case for case in cases if ids.index(case.variant.id) % count == number - 1]
    shutil.rmtree(BUILD, ignore_errors=True)
    started = time.perf_counter()
    problems, refused, done = 0, 0, 0
    with ProcessPoolExecutor(given.jobs) as pool:
        for result in pool.map(prove, cases, chunksize=1 if given.which == ["checks"] else 8):
            done += 1
            refused += bool(result.refused)
            if result.problems:
                problems += 1
                print(result.case, *(f"  {problem}" for problem in result.problems), sep="\n")
            if done % 100 == 0:
                print(f"{done}/{len(cases)} cases", flush=True)
    seconds = time.perf_counter() - started
    print(
        f"{done} cases: {done - refused - problems} proven, {refused} refused in words,"
        f" {problems} with problems; {seconds:.0f} s"
    )
    return 1 if problems or done == refused else 0


if __name__ == "__main__":
    sys.exit(main())
