"""Apply changes to projects, and report unexpected answers of the guardrails."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from proof.mutants import refused_by_tools
from proof.mutants.changes import Change, by_answers, without
from proof.mutants.project import Project, Report, rendered


def problem(change: Change, report: Report, wanted: Sequence[str]) -> str:
    """Return the problem with the answer to a change; empty if it is correct.

    Args:
        change: the change.
        report: the findings.
        wanted: the paths of the constructs, or the files, that findings of its rule should name.
    """
    if change.rule:  # the CDK's own validation may also find a fault
        report = [violation for violation in report if violation["plugin"] in ("", "tap")]
    own = [violation for violation in report if change.rule == violation["ruleName"] != ""]
    others = {v["ruleName"] or v["description"] for v in report} - {change.rule}
    if change.rule and not own:
        return f"not caught; instead: {sorted(others)}"
    named = [name for violation in own for name in _names(violation)]
    for path in wanted:
        if not any(name == path or name.startswith((f"{path}/", f"{path}:")) for name in named):
            return f"{named[:3]} named, not {path}"
    if change.rule and not wanted:
        return "changed nothing"
    if any(not v.get("suggestedFix") or "ot judged" in v["description"] for v in own):
        return f"no fix given: {own[0]['description']}"
    if unexpected := others - change.also:
        texts = [v["description"] for v in report if v["ruleName"] in unexpected]
        return f"also rejected: {sorted(unexpected)} {texts[:1]}"
    if missing := change.also - others:
        return f"{sorted(missing)} should also reject it"
    return ""


def _names(violation: dict[str, Any] | Any) -> Iterator[str]:
    """Yield the constructs that a finding names, or the file or stack at the start of its text."""
    for construct in violation["violatingConstructs"]:
        about = violation["description"].removeprefix(f"{violation['ruleName']} ")
        yield construct["constructPath"] or about.partition(": ")[0]


def tried(changes: Sequence[Change], folder: Path) -> Iterator[tuple[Change, str]]:
    """Yield each change with its problem; each project is rendered once for all its changes.

    Raises:
        AssertionError: a project has findings before its changes, or after them.
    """
    for number, (given, some) in enumerate(by_answers([*changes]).items()):
        project = rendered(folder / str(number), json.loads(given))
        _expect_silence(project, given)
        for change in some:
            yield change, answer(change, project)
        _expect_silence(project, given)


def answer(change: Change, project: Project) -> str:
    """Return the problem with the guardrails' answer to a change, or with its fix."""
    report, wanted = run(change, change.function, change.takes, project)
    found = problem(change, report, wanted)
    if found or not change.fix:
        return found
    if left := run(change, change.fix, change.fix_takes, project)[0]:
        return f"not fixed by the printed fix: {left[0]['description']}"
    return ""


def run(change: Change, function: str, takes: str, project: Project) -> tuple[Report, list[str]]:
    """Run a function of a file on a project; return the findings and the expected names."""
    wanted: list[str] = []

    def on_stack(stack: Any) -> None:
        found = getattr(importlib.import_module(change.module), function)(stack)
        if found is not None:
            wanted.append(found if isinstance(found, str) else found.node.path)

    if not change.source and takes == "stack":
        return project.report(on_stack), wanted
    with project.copied() as copy:
        if change.source:
            text = change.file.read_text(encoding="utf-8")
            other = change.fix if function == change.function else change.function
            if takes != "stack":
                text = without(text, other)
            target = copy.folder / change.source
            target.write_text(text, encoding="utf-8")
            wanted.append(f"{change.source}:{change.line}")
            return copy.report(on_stack if takes == "stack" else None), wanted
        found = getattr(importlib.import_module(change.module), function)(copy.folder)
        return copy.report(), [found] if found else []


def _expect_silence(project: Project, given: str) -> None:
    if findings := project.report():
        raise AssertionError(f"{given} has findings before its changes: {findings[0]}")


def tried_with_tools(changes: Sequence[Change], folder: Path) -> Iterator[tuple[Change, str]]:
    """Yield each fault that a tool should reject, with its problem.

    Raises:
        AssertionError: a tool rejects the unchanged project.
    """
    for number, (given, some) in enumerate(by_answers([*changes]).items()):
        project = rendered(folder / f"tools{number}", json.loads(given))
        tool, output = refused_by_tools.refusal(project.folder)
        if tool:
            raise AssertionError(f"{tool} rejects the unchanged project: {output}")
        for change in some:
            with project.copied() as copy:
                yield change, refused_by_tools.problem(change, copy.folder)
