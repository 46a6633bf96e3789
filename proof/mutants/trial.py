"""Try changes on projects, and tell what is wrong with the answers to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from proof.mutants import early, fixes
from proof.mutants.changes import Change, table
from proof.mutants.project import Project, Report, rendered


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
