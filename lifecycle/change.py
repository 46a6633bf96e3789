"""`make change`: change an answer of a project; and add an environment."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import libcst as cst

from lifecycle import edits as editing
from lifecycle.catalogue import Addition, Refused
from lifecycle.edits import Edits
from lifecycle.graft import graft
from lifecycle.merge import Merge, merge
from lifecycle.project import RECORD, Project
from lifecycle.rendering import render
from local_extensions import answers as rules

SETTINGS = "infra/settings.py"


def full(answers: Mapping[str, Any], additions: list[Addition], folder: Path) -> Path:
    """Render a project with its additions, and return its folder.

    Raises:
        Refused: an addition does not fit these answers.
    """
    root = render(answers, folder)
    project = Project(root)
    for addition in sorted(additions, key=lambda each: each.order):
        editing.edits_for(project, answers, addition).write(root)
    return root


def with_environment(project: Project, name: str) -> Edits:
    """Return the changes that add an environment, its record included.

    Raises:
        Refused: the name is invalid or taken.
    """
    merged, _ = _environment(project, name)
    return merged.edits


def add_environment(project: Project, name: str, *, dry_run: bool) -> int:
    """Add an environment for `make add WHAT=environment`; return the exit code.

    Raises:
        Refused: the name is invalid or taken, or the project has uncommitted changes.
    """
    from lifecycle.add import difference

    merged, names = _environment(project, name)
    project.check_clean("make add")
    print(difference(project, merged.edits), end="")
    if dry_run:
        print("Nothing was changed.")
        return 0
    merged.write(project.root)
    print(f"\nAdded the environment {name}; the environments are {', '.join(names)}.")
    print("To check it: make check cost")
    return _reported(merged)


def _environment(project: Project, name: str) -> tuple[Merge, list[str]]:
    names = project.environments().split(",")
    if name in names:
        raise Refused(f"NAME {name!r} is taken: {SETTINGS} has this environment")
    after = {**project.answers, "environments": ",".join([*names, name])}
    problem = rules.problem("environments", after)
    if problem is not None:
        raise Refused(str(problem).replace("environments", "NAME", 1))
    before = {**after, "environments": ",".join(names)}
    with tempfile.TemporaryDirectory(prefix="tap-change-") as made:
        old = full(before, project.additions, Path(made) / "old")
        new = full(after, project.additions, Path(made) / "new")
        merged = merge(project.root, old, new)
        part = _environment_of((new / SETTINGS).read_text(encoding="utf-8"), name)
    # On the syntax tree there is no conflict with changed settings of other environments.
    whole = project.read(SETTINGS)
    settings = Edits(changed={SETTINGS: graft(whole, part)})
    editing.formatted(project, settings)
    merged.edits.changed[SETTINGS] = settings.changed[SETTINGS]
    merged.conflicts = [path for path in merged.conflicts if path != SETTINGS]
    merged.edits.changed[RECORD] = _record(project, after)
    return merged, [*names, name]


def _environment_of(settings: str, name: str) -> str:
    """Return a part with one environment of rendered settings."""
    module = cst.parse_module(settings)
    for statement in module.body:
        for call in _calls(statement):
            for argument in call.args:
                if argument.keyword and argument.keyword.value == "name":
                    if module.code_for_node(argument.value) == f'"{name}"':
                        return f"ENVIRONMENTS = by_name({module.code_for_node(call)})\n"
    raise AssertionError(f"the rendered settings have no environment {name!r}")


def _calls(node: cst.CSTNode) -> list[cst.Call]:
    found: list[cst.Call] = []

    class Visitor(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:
            if isinstance(node.func, cst.Name) and node.func.value == "Environment":
                found.append(node)

    node.visit(Visitor())
    return found


def _record(project: Project, answers: Mapping[str, Any]) -> str:
    record = project.record
    context = record["context"]["cookiecutter"]
    record["context"]["cookiecutter"] = {**context, **answers}
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _reported(merged: Merge) -> int:
    for path in merged.kept:
        print(f"{path} is no longer part of the project, but you changed it; delete it if unused")
    for path in merged.conflicts:
        print(f"{path} has conflicts; edit it, then: make check", file=sys.stderr)
    return 1 if merged.conflicts else 0


if __name__ == "__main__":
    sys.exit(0)
