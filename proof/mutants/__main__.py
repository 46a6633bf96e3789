"""Put each known fault back into a freshly rendered project, and see which guardrail refuses it.

`python -m proof.mutants` prints the table rule, fault, caught, beginning with what the tools of
`make check` refuse; then what careful changes provoke (nothing), and what the guardrails cost. It
exits with 1 when a fault survives, when a careful change is refused, or when the cost is too high.

The faults stand in mutants.toml, each an edit of the project's source as a person would make it, in
a variant that has the feature. One is caught when the synth fails, the report of its own rule names
the construct and the fix, and no other guardrail cries. It is healed when the fix as printed stands
in the source again, and the synth is green: in the source as it was (whose synth is seen before the
first edit and after the last), or, where the fix is another way, in an edit of its own. What a fix
only advises is listed with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from local_extensions import answers
from proof import cold_process
from proof.mutants import early, fixes

Edit = tuple[str, str, str]  # file, old text in which … stands for anything, new text
Report = Sequence[Mapping[str, Any]]
Variant = Mapping[str, str | bool]
TABLE = Path(__file__).with_name("mutants.toml")
PROJECT_PACKAGES = ("guardrails", "infra")
GAP = "…"
STACK, LAST, FIRST = "infra/stack.py", "        self._outputs()\n", "import aws_cdk as cdk\n"
MOST = 0.05  # of a synth's CPU time
# Runs a synth in a process of its own, and says how many CPU seconds the guardrails took.
TIMED = """
import sys, time
from guardrails import plugin
took, judged = [], plugin.Guardrails._violations
def timed(*arguments):
    start = time.process_time()
    try:
        return judged(*arguments)
    finally:
        took.append(time.process_time() - start)
plugin.Guardrails._violations = timed
from infra.app import build
build(sys.argv[1]).synth()
print(sum(took))
"""


@dataclass(frozen=True)
class Change:
    """A change of a project's source, and what the guardrails should say to it.

    Args:
        name: what somebody did.
        variant: the answers of a project that has the feature.
        edits: how the source changes.
        rule: the guardrail that refuses it; empty: none should.
        construct: part of the path, or of the file's name, that its report must have.
        also: guardrails that rightly cry as well, because the fault brings another one.
        heal: edits of the faulty source that do what the fix says; none: the edits are taken back.
        advice: why the fix is advice and not code.
        variation: another mutant of the rule shows that the fix heals.
    """

    name: str
    variant: str
    edits: tuple[Edit, ...]
    rule: str = ""
    construct: str = ""
    also: frozenset[str] = frozenset()
    heal: tuple[Edit, ...] = ()
    advice: str = ""
    variation: bool = False


@cache
def table() -> dict[str, Any]:
    """The contents of mutants.toml."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def mutants() -> list[Change]:
    """The faults."""
    return [
        Change(
            name=each["fault"],
            variant=each.get("variant", "default"),
            edits=tuple(_edits(each)),
            rule=each["rule"],
            construct=each["construct"],
            also=frozenset(each.get("also", ())),
            heal=tuple(_edits({"edit": each.get("heal", ())})),
            advice=each.get("advice", ""),
            variation=kind == "variation",
        )
        for kind in ("mutant", "variation")
        for each in table()[kind]
    ]


def refused_early() -> list[Change]:
    """Faults that a tool refuses before any guardrail sees a template."""
    return [
        Change(each["fault"], "default", tuple(_edits(each)), each["tool"], each["says"])
        for each in table()["early"]
    ]


def legitimate() -> list[Change]:
    """Changes that a careful person makes."""
    return [
        Change(each["change"], each.get("variant", "default"), tuple(_edits(each)))
        for each in table()["legitimate"]
    ]


def _edits(entry: Mapping[str, Any]) -> Iterator[Edit]:
    for edit in entry.get("edit", ()):
        yield edit["file"], edit.get("old", ""), edit.get("new", "")
    if "paste" in entry:
        lines = entry["paste"].splitlines(keepends=True)
        yield STACK, LAST, "".join(f"        {line}" for line in lines) + LAST
    if "imports" in entry:
        yield STACK, FIRST, FIRST + entry["imports"]


class Project:
    """A rendered project that is changed, synthesized and put right again, all in one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def changed(self, edits: Sequence[Edit]) -> Iterator[None]:
        """Apply edits, and take them back."""
        kept: dict[Path, str | None] = {}
        try:
            for name, old, new in edits:
                file = self.folder / name
                before = file.read_text(encoding="utf-8") if file.exists() else None
                kept.setdefault(file, before)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_edited(before, old, new, name), encoding="utf-8")
            yield
        finally:
            for file, text in kept.items():
                _restore(file, text)

    def source(self, edits: Sequence[Edit]) -> str:
        """The files that edits are about."""
        files = [self.folder / name for name in dict.fromkeys(name for name, _, _ in edits)]
        return "\n".join(f.read_text(encoding="utf-8") if f.exists() else "" for f in files)

    def report(self, out: Path | None = None) -> Report:
        """The guardrails' findings of a synth; what fails otherwise is a finding without a rule."""
        for name in [n for n in sys.modules if n.partition(".")[0] in PROJECT_PACKAGES]:
            del sys.modules[name]
        importlib.invalidate_caches()
        sys.path.insert(0, str(self.folder))
        try:
            with tempfile.TemporaryDirectory() as folder, contextlib.chdir(self.folder):
                return self._synth(out or Path(folder))
        finally:
            sys.path.remove(str(self.folder))

    def cost(self) -> tuple[float, float]:
        """CPU seconds of the guardrails, and of a whole synth in a process of its own."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as out:
            command = [sys.executable, "-c", TIMED, out]
            run = subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return float(run.stdout), total

    def _synth(self, out: Path) -> Report:
        file = out / "validation-report.json"
        try:
            importlib.import_module("infra.app").build(str(out)).synth()
        except Exception as error:
            if not file.exists():
                return [{"ruleName": "", "description": str(error), "violatingConstructs": []}]
        reports = json.loads(file.read_text(encoding="utf-8"))["pluginReports"]
        return [
            v for report in reports if report["pluginName"] == "tap" for v in report["violations"]
        ]


def _restore(file: Path, text: str | None) -> None:
    if text is not None:
        file.write_text(text, encoding="utf-8")
        return
    file.unlink()
    for folder in file.parents:
        if any(folder.iterdir()):
            return
        folder.rmdir()


def _edited(text: str | None, old: str, new: str, name: str) -> str:
    if text is None or not old:
        return new
    pattern = ".*?".join(re.escape(part) for part in old.split(GAP))
    result, count = re.subn(pattern, lambda _: new, text, count=1, flags=re.DOTALL)
    if not count:
        raise ValueError(f"{name} has no {old!r}: bring the change in {TABLE.name} up to date")
    return result


def rendered(folder: Path, variant: Variant) -> Project:
    """A project with these answers, unverified."""
    folder.mkdir(parents=True)
    given = [f"{question}={value}" for question, value in {"verify": False, **variant}.items()]
    options = ["--no-input", "--default-config", "--output-dir", str(folder)]
    command = [sys.executable, "-m", "cookiecutter", str(answers.TEMPLATE_ROOT), *options, *given]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return Project(made)


def problem(change: Change, report: Report) -> str:
    """What is wrong with the guardrails' answer to a change; empty when it is right."""
    own = [violation for violation in report if change.rule == violation["ruleName"] != ""]
    others = {v["ruleName"] or v["description"] for v in report} - {change.rule} - change.also
    # Subjects other than constructs are in the description: the CDK CLI drops their paths.
    paths = [
        c["constructPath"] or violation["description"]
        for violation in own
        for c in violation["violatingConstructs"]
    ]
    if change.rule and not own:
        return f"survived{f'; instead: {sorted(others)}' if others else ''}"
    if change.rule and not any(change.construct in path for path in paths):
        return f"{paths[:3]} named, not {change.construct}"
    if any(not v.get("suggestedFix") or "ot judged" in v["description"] for v in own):
        return "no fix given"
    return f"cry without reason: {sorted(others)}" if others else ""


def unhealed(change: Change, project: Project, report: Report) -> str:
    """What is wrong with a project after the printed fix; empty when it is right."""
    if not change.rule or change.advice or change.variation:
        return ""
    edits = change.edits + change.heal
    printed = next(v["suggestedFix"] for v in report if v["ruleName"] == change.rule)
    with project.changed(change.edits):
        before = project.source(edits)
    after: str = project.source(edits)
    findings: Report = ()
    if change.heal:
        with project.changed(edits):
            after, findings = project.source(edits), project.report()
    if not fixes.applied(printed.rpartition("\n")[0], before, after):
        return "healed by something else than the printed fix"
    return f"not healed by its fix: {findings[0]['description']}" if findings else ""


def tried(changes: Sequence[Change], folder: Path) -> Iterator[tuple[Change, str]]:
    """Each change with what is wrong about it; a variant is rendered once for all its changes.

    Raises:
        AssertionError: a project is not silent before it is changed, or after it was put right.
    """
    for variant in dict.fromkeys(change.variant for change in changes):
        project = rendered(folder / variant, table()["variants"][variant])
        _expect_silence(project, variant)
        for change in changes:
            if change.variant == variant:
                with project.changed(change.edits):
                    report = project.report()
                yield change, problem(change, report) or unhealed(change, project, report)
        _expect_silence(project, variant)


def _expect_silence(project: Project, variant: str) -> None:
    if findings := project.report():
        raise AssertionError(f"{variant!r} is not silent unchanged: {findings[0]}")


def tried_early(changes: Sequence[Change], folder: Path) -> Iterator[tuple[Change, str]]:
    """Each change with what is wrong about the answer of `make check`'s tools."""
    project = rendered(folder / "early", {})
    for change in [Change("nothing", "default", ()), *changes]:
        with project.changed(change.edits):
            tool, said = early.refusal(project.folder)
        if tool != change.rule:
            yield change, f"{tool or 'nobody'} refuses it: {said[-300:]}"
        elif change.construct not in said:
            yield change, f"{tool} does not say {change.construct!r}: {said[-300:]}"
        elif tool:
            yield change, ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when anything falls short."""
    parser = argparse.ArgumentParser(prog="python -m proof.mutants", description=__doc__)
    parser.add_argument("rules", nargs="*", help="only the faults of these rules, like TAP101")
    wanted = parser.parse_args(arguments).rules
    faults = [change for change in mutants() if not wanted or change.rule in wanted]
    careful = [] if wanted else legitimate()
    soon = [] if wanted else refused_early()
    sys.dont_write_bytecode = True
    os.environ["JSII_NODE"] = str(cold_process.NODE)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # jsii prints each report there
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        results = tried_early(soon, Path(folder)) if soon else ()
        for change, what in chain(results, tried([*faults, *careful], Path(folder))):
            missed += bool(what)
            fine = _fine(change)
            print(f"{change.rule or '-':6}  {change.name:<48}  {what or fine}", flush=True)
        took, total = rendered(Path(folder) / "cost", {}).cost()
    print(f"guardrails: {took:.2f} of {total:.2f} CPU seconds of a synth ({took / total:.1%})")
    count = len(soon) + len(faults) + len(careful)
    print(f"{len(soon)} faults refused before a template is judged")
    print(f"{len(faults)} faults, {len(careful)} careful changes, {missed} not as they should be")
    advice = sum(bool(fault.advice) for fault in faults)
    variations = sum(fault.variation for fault in faults)
    healed = len(faults) - advice - variations
    print(f"{healed} healed by the fix as printed, {advice} fixes are advice")
    print(f"{variations} variations of these faults by other constructs")
    return 1 if missed or not count or took > MOST * total else 0


def _fine(change: Change) -> str:
    if not change.rule:
        return "not refused"
    if change.rule in early.COMMANDS:
        return "caught by make check"
    if change.variation:
        return "caught"
    return f"caught; advice: {change.advice}" if change.advice else "caught, healed as printed"


if __name__ == "__main__":
    raise SystemExit(main())
