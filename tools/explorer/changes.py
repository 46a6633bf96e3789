"""The effect of one changed answer on deployed stacks: what is replaced or deleted."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from unittest import mock

from proof import cold_process, dependencies, variants
from proof.matrix.prover import bake
from proof.matrix.sealed import module
from proof.variants import Answer, Variant
from proof.warm_kernel import WarmSynth
from tools.explorer.pages import ENVIRONMENT, SHARED

# Sections of the report of `make changes` that are about losses.
SECTIONS = ("Data", "Refused by AWS", "Resources")


def measured(
    options: Mapping[str, Sequence[Answer]],
) -> dict[str, dict[str, list[str]]]:
    """Return what `make changes` reports on production if one answer of the default changes.

    Returns:
        by question, and by the former and the new value (`rest>http`), the lines of the report;
        those on data start with an exclamation mark.
    """
    found: dict[str, dict[str, list[str]]] = {}
    with tempfile.TemporaryDirectory(prefix="tap-explorer-") as folder:
        synth = WarmSynth()
        made: dict[tuple[str, str], Path] = {}
        cli = Path()
        for question, values in options.items():
            for value in values:
                place = Path(folder) / f"{question}-{value}"
                project = bake(_variant(question, value), place)
                dependencies.link(project, "3.14")
                with dependencies.staged(project, project / "cdk.out"):
                    made[question, str(value)] = synth(project)
                cli = cold_process.cdk_cli(project)
        specification = module("tap_project.changes.specification").Specification(
            cli.parents[1] / "db.json.gz"
        )
        for question, values in options.items():
            found[question] = {
                f"{before}>{after}": [
                    *_lines(made[question, before], made[question, after], specification)
                ]
                for before, after in itertools.permutations(map(str, values), 2)
            }
    return found


def _variant(question: str, value: Answer) -> Variant:
    given = {**variants.default().answers, **SHARED, question: value, "python_version": "3.14"}
    return Variant(tuple(given.items()), ())


def _lines(before: Path, after: Path, specification: object) -> Iterator[str]:
    comparison = module("tap_project.changes.comparison")
    # Costs are part of the page already; their prices need the pyproject.toml of a project.
    with mock.patch.object(comparison, "cost_findings", return_value=()):
        report = comparison.compare(before, after, None, specification)
    for each in report.findings:
        if each.section.value in SECTIONS and each.environment == ENVIRONMENT:
            yield f"{'!' if each.fails else ''}{each.text}"
