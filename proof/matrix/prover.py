"""The checks that prove one variant."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local_extensions import answers, pruning
from proof import dependencies, scratch, seed_faults
from proof.matrix import costs, inventory, pictures
from proof.stacks import Stack, read_stacks
from proof.variants import Answer, Variant

RUFF = Path(sysconfig.get_path("scripts")) / "ruff"
# Jinja that was not rendered. `${{ }}` is GitHub's, `{{` and `}}` alone are Python's.
LEFTOVER = re.compile(
    r"""\{%|%\}|\{\#|\#\}|(?<![${])\{\{(?!\{)[-+]?\s*[A-Za-z_("']|\bcookiecutter\.[a-z_]+\b"""
)
# The plugins that check each synth. Without them, a report has no findings either.
PLUGINS = {"AwsSolutionsChecks", "Guardrails"}
DELIMITERS = ("{%", "%}", "{#", "#}", "{{", "cookiecutter.")  # one of these is in any leftover
ALLOWED = re.compile(r"cookiecutter\.(json|io|readthedocs)\b")

Synth = Callable[[Path], Path]


@dataclass
class Row:
    """The results of one variant.

    Args:
        seconds: wall time by step.
        stacks: by environment, the number of resources, the template's bytes, USD a month.
        resources: the number of resources by type, over all stacks.
        production: the same of the first stack of production.
        findings: the reports of validation, cdk-nag and the guardrails.
        acknowledgements: the number of findings that the project accepts, each with a reason.
    """

    id: str
    answers: dict[str, Answer]
    command: str
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    stacks: dict[str, dict[str, float]] = field(default_factory=dict)
    resources: dict[str, int] = field(default_factory=dict)
    production: dict[str, int] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    checks: int = 0
    findings: int = 0
    acknowledgements: int = 0

    @property
    def proven(self) -> bool:
        """Whether everything was checked, and no problem was found."""
        return not self.problems and bool(self.stacks)

    def to_json(self) -> dict[str, Any]:
        """Return the row as it is in matrix.json."""
        return {**asdict(self), "verdict": "proven" if self.proven else "failed"}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Row:
        """Return the row that `to_json` wrote."""
        return cls(**{name: value for name, value in row.items() if name != "verdict"})


def blank(variant: Variant) -> Row:
    """Return the row of a variant without results."""
    return Row(variant.id, variant.answers, variant.command)


def prove(variant: Variant, synth: Synth, project: Path | None = None) -> Row:
    """Bake, read, lint, synthesize and check one variant; its row lists the problems.

    Args:
        project: the variant, if it is baked already.
    """
    row = blank(variant)
    with tempfile.TemporaryDirectory(prefix="tap-matrix-", dir=scratch.folder()) as folder:
        try:
            with _timed(row, "bake"):
                project = project or bake(variant, Path(folder))
            _prove(variant, synth, project, row)
        except Exception as error:  # every variant needs a row
            row.problems.append(_short_form(error, project.parent if project else Path(folder)))
    return row


def bake(variant: Variant, folder: Path) -> Path:
    """Render a variant as the command line does, without its hooks but pruned, and return it.

    The hooks would start two interpreters to check answers that are known to be valid.
    """
    # Imported here, because merging shares needs only the standard library.
    from cookiecutter.main import cookiecutter

    from proof.matrix.templates import compiled_once

    with compiled_once():
        made = cookiecutter(
            str(answers.TEMPLATE_ROOT),
            no_input=True,
            extra_context={**variant.answers, "verify": False},
            output_dir=str(folder),
            accept_hooks=False,
            default_config=True,
        )
    project = Path(made)
    pruning.prune(project)
    return project


def _prove(variant: Variant, synth: Synth, project: Path, row: Row) -> None:
    given = complete(variant)
    with _timed(row, "read"):
        row.problems += list(file_problems(project, given))
        files = sorted(inventory.present(project))
        row.files = len(files)
        row.problems += [problem for file in files for problem in leftovers(project, file)]
    with _timed(row, "lint"):
        row.problems += lint_problems(project)
    with _timed(row, "synth"):
        dependencies.link(project, str(given["python_version"]))
        with dependencies.staged(project, project / "cdk.out"):
            assembly = synth(project)
        plugins = getattr(synth, "plugins", None)  # a cold synth does not report its plugins
        if plugins is not None and set(plugins) != PLUGINS:
            row.problems.append(f"checked by {sorted(plugins)}, not by {sorted(PLUGINS)}")
    with _timed(row, "check"):
        stacks = read_stacks(assembly)
        _check_stacks(stacks, given, row)
        row.problems += list(cost_problems(project, stacks))
        page = (project / "docs" / "architecture.md").read_text(encoding="utf-8")
        row.problems += list(pictures.problems(page, pictures.parts(assembly)))
        row.findings, row.acknowledgements = findings(assembly)
        if row.findings:
            row.problems.append(f"{row.findings} findings in {assembly.name}")


def complete(variant: Variant) -> dict[str, Answer]:
    """Return a variant's answers, completed with the defaults."""
    defaults = {"project_slug": "tap-service", "owner": answers.asked()["owner"]}
    return {**defaults, **variant.answers}


def file_problems(project: Path, given: inventory.Answers) -> Iterator[str]:
    """Yield missing and unexpected files, and sealed files that differ."""
    found, wanted = inventory.present(project), inventory.expected(given)
    if missing := wanted - found:
        yield f"files are missing: {', '.join(sorted(missing))}"
    if extra := found - wanted:
        yield f"unexpected files: {', '.join(sorted(extra))}"
    for name, source in inventory.sealed().items():
        if name in found and (project / name).read_bytes() != source:
            yield f"{name} differs from the template's"
    if empty := [f.name for f in project.rglob("*") if f.is_dir() and not any(f.iterdir())]:
        yield f"folders are empty: {', '.join(sorted(empty))}"


def leftovers(project: Path, file: str) -> Iterator[str]:
    """Yield the files that still contain template code."""
    if file.partition("/")[0] in inventory.SEALED:
        return
    text = (project / file).read_text(encoding="utf-8")
    if not any(sign in text for sign in DELIMITERS):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        found = LEFTOVER.search(ALLOWED.sub("", line))
        if found:
            yield f"{file}:{number} has Jinja left: {found[0]}"


def lint_problems(project: Path) -> list[str]:
    """Return ruff's findings in the project, under the project's own settings."""
    problems = []
    for command in ("check --output-format=concise", "format --check"):
        done = subprocess.run(
            [RUFF, *command.split(), "--no-cache", "--quiet", "."],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            output = "; ".join((done.stdout + done.stderr).split("\n")[:5])
            problems.append(f"ruff {command.split()[0]}: {output}")
    return problems


def _check_stacks(stacks: list[Stack], given: dict[str, Answer], row: Row) -> None:
    environments = str(given["environments"]).split(",")
    expected = [f"{given['project_slug']}-{name}" for name in environments]
    if sorted(stack.name for stack in stacks) != sorted(expected):
        row.problems.append(f"stacks are {[stack.name for stack in stacks]}, not {expected}")
    types: Counter[str] = Counter()
    for stack in stacks:
        own = Counter(resource["Type"] for resource in stack.resources.values())
        types.update(own)
        if stack.production and not row.production:
            row.production = dict(sorted(own.items()))
        row.stacks[stack.environment] = {
            "resources": len(stack.resources),
            "bytes": stack.size,
            "usd": costs.monthly_usd(stack),
        }
        row.bytes += stack.size
        for fault, check in seed_faults.CHECKS.items():
            row.checks += 1
            try:
                check(stack, given)
            except Exception as error:  # a check that can't read its stack is a finding as well
                row.problems.append(f"seed fault {fault} in {stack.name}: {_summary(error)}")
    row.resources = dict(sorted(types.items()))


def cost_problems(project: Path, stacks: list[Stack]) -> Iterator[str]:
    """Yield differences between the project's cost page and its templates."""
    page = (project / "docs" / "cost.md").read_text(encoding="utf-8")
    yield from costs.problems(page, {stack.environment: stack.template for stack in stacks})


def findings(assembly: Path) -> tuple[int, int]:
    """Return the number of findings of a synth, and of the project's acknowledgements.

    Acknowledgements of the CDK on its own constructs are not counted.
    """
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    found = sum(len(plugin.get("violations", [])) for plugin in report["pluginReports"])
    acknowledged = sum(
        not rule.startswith("CloudFormation-Validate::")
        for file in assembly.glob("*.metadata.json")
        for entries in json.loads(file.read_text(encoding="utf-8")).values()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule in entry["data"]
    )
    return found, acknowledged


def _short_form(error: Exception, folder: Path) -> str:
    """Return a short form of an error; for a failed validation, its findings."""
    report = next(folder.glob("*/cdk.out/validation-report.json"), None)
    if report is not None:
        plugins = json.loads(report.read_text(encoding="utf-8"))["pluginReports"]
        found = {
            f"{violation['ruleName']}: {violation['description']}"
            for plugin in plugins
            for violation in plugin.get("violations", [])
        }
        if found:
            return "synth: " + "; ".join(sorted(found)[:4]) + ("; ..." if len(found) > 4 else "")
    return f"{type(error).__name__}: {_summary(error)}"


def _summary(error: Exception) -> str:
    return " ".join(str(error).split())[:600] or type(error).__name__


class _timed:
    def __init__(self, row: Row, step: str) -> None:
        self._row, self._step = row, step

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._row.seconds[self._step] = round(time.perf_counter() - self._started, 3)
