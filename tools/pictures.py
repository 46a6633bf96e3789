"""Writes the generated parts of docs/architecture.md for every answer: `make pictures`.

A rendered project has a picture and tables that equal those of its `make picture`, although the
template renders without a synth. This command synthesizes a sample of the variants, and writes each
line of their pages to `templates/docs/architecture/` with the condition under which it appears.
The matrix compares the page of every variant with its stacks, so a condition that the sample does
not determine is found there.
"""

from __future__ import annotations

import argparse
import graphlib
import itertools
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_extensions import answers
from proof import dependencies, variants
from proof.matrix import pictures
from proof.matrix.prover import bake
from proof.variants import Answer, Variant
from proof.warm_kernel import WarmSynth

FOLDER = answers.TEMPLATE_ROOT / "templates" / "docs" / "architecture"
# What can decide about a line, in the order in which a condition names them. The first ones also
# make alternatives, if a line has no single condition.
AXES = (
    *("worker", "api", "api_auth", "network", "encryption", "audit_trail", "billing_mode"),
    *("production", "alarm_email"),
)
ENVIRONMENTS = {True: "dev,prod", False: "dev,test"}
EMAILS = {True: "on-call@example.com", False: ""}
# The answers that name an environment in the legend; the page has it in this variable.
SHOWN = "{{ shown }}"

Point = Mapping[str, Any]
Line = tuple[str, str]  # a line, and the frame that it is in


@dataclass(frozen=True)
class Case:
    """The lines of a part of one variant's page, and the answers that they depend on."""

    point: Point
    lines: tuple[Line, ...]


def sample(rows: int) -> list[Point]:
    """Return points: for each API and worker, `rows` combinations of the other answers.

    The combinations are dealt out evenly, and each value meets each API and worker.
    """
    known = answers.asked()
    options = {
        "network": known["network"],
        "encryption": known["encryption"],
        "billing_mode": known["billing_mode"],
        "audit_trail": [True, False],
        "production": [True, False],
        "alarm_email": [True, False],
    }
    chosen: list[Point] = []
    dice = random.Random(0)
    for front in _fronts():
        columns = {name: _dealt(values, rows, dice) for name, values in options.items()}
        for n in range(rows):
            chosen.append({**front, **{name: column[n] for name, column in columns.items()}})
    return chosen


def _dealt(values: Sequence[Any], rows: int, dice: random.Random) -> list[Any]:
    column = list(itertools.islice(itertools.cycle(values), rows))
    dice.shuffle(column)
    return column


def _fronts() -> list[Point]:
    names = ("api", "api_auth", "worker")
    found = {tuple(each.answers[name] for name in names) for each in variants.product()}
    return [dict(zip(names, values, strict=True)) for values in sorted(found)]


def given(point: Point) -> dict[str, Answer]:
    """Return the answers of a point."""
    own = {name: value for name, value in point.items() if name not in {"production"}}
    return {
        **own,
        "environments": ENVIRONMENTS[point["production"]],
        "alarm_email": EMAILS[point["alarm_email"]],
    }


def synthesized(points: Sequence[Point], folder: Path) -> None:
    """Synthesize each point into a folder, unless it is there."""
    synth = WarmSynth()
    for number, point in enumerate(points, start=1):
        kept = folder / _name(point)
        if kept.exists():
            continue
        variant = Variant(tuple(given(point).items()), (("python_version", "3.14"),))
        with tempfile.TemporaryDirectory(prefix="tap-pictures-") as made:
            project = bake(variant, Path(made))
            dependencies.link(project, "3.14")
            with dependencies.staged(project, project / "cdk.out"):
                synth(project)
            kept.mkdir(parents=True)
            for file in (project / "cdk.out").glob("*.json"):
                if file.name not in {"tree.json", "validation-report.json"}:
                    shutil.copy(file, kept)
        if number % 20 == 0:
            print(f"{number} of {len(points)} variants are synthesized", file=sys.stderr)


def _has_api(point: Point) -> bool:
    return bool(point["api"] != "none")


def _name(point: Point) -> str:
    return ".".join(f"{name}-{value}" for name, value in point.items())


def framed(lines: Sequence[str]) -> tuple[Line, ...]:
    """Return lines with the frame that each is in: the ends of frames are alike otherwise."""
    found, frame = [], ""
    for line in lines:
        if line.lstrip().startswith("subgraph "):
            frame = line
        found.append((line, frame))
        if line.strip() == "end":
            frame = ""
    return tuple(found)


def source(cases: Sequence[Case]) -> str:
    """Return the template of a part: each line below the condition under which it appears.

    Raises:
        ValueError: two variants have the same lines in different orders.
    """
    found: list[str] = []
    open_condition = ""
    for line in ordered(cases):
        having = [case.point for case in cases if line in case.lines]
        condition = expression(having, [case.point for case in cases])
        if condition != open_condition:
            found += ["{% endif %}"] * bool(open_condition)
            found += [f"{{% if {condition} %}}"] * bool(condition)
            open_condition = condition
        found.append(line[0])
    found += ["{% endif %}"] * bool(open_condition)
    return "\n".join(found) + "\n"


def ordered(cases: Sequence[Case]) -> list[Line]:
    """Return all lines in one order that agrees with each variant's.

    Raises:
        ValueError: there is none.
    """
    sorter: graphlib.TopologicalSorter[Line] = graphlib.TopologicalSorter()
    for case in cases:
        for before, after in itertools.pairwise(case.lines):
            sorter.add(after, before)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        raise ValueError(f"lines have no common order: {error.args[1][:3]}") from error
    found: list[Line] = []
    ready: list[Line] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=lambda line: (line[1], line[0]))
        # Lines of an open frame come first.
        frame = found[-1][1] if found else ""
        chosen = next((line for line in ready if line[1] == frame), ready[0])
        ready.remove(chosen)
        found.append(chosen)
        sorter.done(chosen)
    return found


def expression(having: Sequence[Point], known: Sequence[Point]) -> str:
    """Return the condition that holds for some of the known points; '' if it holds for all."""
    terms = _terms(list(having), list(known), AXES[:3])
    texts = [_text(term, known) for term in terms]
    if "" in texts:
        return ""
    return " or ".join(texts if len(texts) == 1 else [f"({text})" for text in texts])


Term = dict[str, list[Any]]


def _terms(having: list[Point], known: list[Point], splits: Sequence[str]) -> list[Term]:
    """Return alternatives, each with the values of some answers."""
    single = _single(having, known)
    if single is not None:
        return [single]
    best: list[Term] | None = None
    for axis in splits:
        alternatives: dict[str, tuple[Term, list[Any]]] = {}
        for value in dict.fromkeys(point[axis] for point in having):
            mine = [point for point in having if point[axis] == value]
            rest = [point for point in known if point[axis] == value]
            others = [each for each in splits if each != axis]
            for term in _terms(mine, rest, others):
                key = json.dumps(term, sort_keys=True)
                alternatives.setdefault(key, (term, []))[1].append(value)
        found = [{**term, axis: values} for term, values in alternatives.values()]
        if best is None or len(found) < len(best):
            best = found
    if best is None:
        raise ValueError("no condition tells the variants of a line from others")
    return best


def _single(having: list[Point], known: list[Point]) -> Term | None:
    """Return the values of few answers that tell some points from the others, or None."""
    values = {axis: [*dict.fromkeys(point[axis] for point in having)] for axis in AXES}
    term = {
        axis: found
        for axis, found in values.items()
        if any(point[axis] not in found for point in known)
    }
    if _matching(term, known) != len(having):
        return None
    for axis in reversed(AXES):
        fewer = {name: found for name, found in term.items() if name != axis}
        if axis in term and _matching(fewer, known) == len(having):
            term = fewer
    return term


def _matching(term: Term, known: list[Point]) -> int:
    return sum(all(point[axis] in found for axis, found in term.items()) for point in known)


def _text(term: Term, known: Sequence[Point]) -> str:
    parts = []
    for axis in AXES:
        if axis not in term:
            continue
        every = list(dict.fromkeys(point[axis] for point in known))
        others = [value for value in every if value not in term[axis]]
        if not others:
            continue
        name = axis if axis == "production" else f"cookiecutter.{axis}"
        if isinstance(every[0], bool):
            parts.append(name if term[axis] == [True] else f"not {name}")
        elif len(term[axis]) == 1:
            parts.append(f"{name} == '{term[axis][0]}'")
        elif len(others) == 1:
            parts.append(f"{name} != '{others[0]}'")
        else:
            parts.append(f"{name} in [{', '.join(repr(value) for value in sorted(term[axis]))}]")
    return " and ".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the templates of the page's parts; the time depends on the size of the sample."""
    parser = argparse.ArgumentParser(prog="make pictures", description=main.__doc__)
    parser.add_argument("--rows", type=int, default=8, help="variants of each API and worker")
    parser.add_argument("--assemblies", type=Path, help="a folder to keep, and take, synths in")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    points = sample(options.rows)
    with tempfile.TemporaryDirectory(prefix="tap-pictures-") as temporary:
        folder = options.assemblies or Path(temporary)
        synthesized(points, folder)
        pages = [(point, pictures.parts(folder / _name(point))) for point in points]
    # Without an API, the answer about its callers has no effect.
    pages += [({**each, "api_auth": "cognito"}, page) for each, page in pages if not _has_api(each)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for part in pictures.PARTS:
        cases = [Case(point, framed(_unnamed(point, page[part]))) for point, page in pages]
        (FOLDER / f"{part}.md").write_text(source(cases), encoding="utf-8")
    seconds = round(time.monotonic() - started)
    print(f"{len(points)} variants determine {', '.join(pictures.PARTS)} ({seconds} s)")
    return 0


def _unnamed(point: Point, lines: Sequence[str]) -> list[str]:
    """Return lines with the variable of the page instead of the environment's name."""
    name = "prod" if point["production"] else "dev"
    return [line.replace(f"Environment `{name}`", f"Environment `{SHOWN}`") for line in lines]


if __name__ == "__main__":
    sys.exit(main())
