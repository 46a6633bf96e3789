"""`make change`: change an answer of a project; and add an environment."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import libcst as cst

from lifecycle import edits as editing
from lifecycle import impact
from lifecycle.catalogue import Addition, Refused
from lifecycle.edits import Edits
from lifecycle.graft import graft
from lifecycle.merge import Merge, merge
from lifecycle.project import RECORD, Project, recorded
from lifecycle.rendering import render
from local_extensions import answers as rules

SETTINGS = "infra/settings.py"
# Variables of make that are no answers.
VARIABLES = ("ARGS", "PYTHON")
BOOLEANS = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}


def full(answers: Mapping[str, Any], additions: list[Addition], folder: Path) -> Path:
    """Render a project with its additions, and return its folder.

    Raises:
        Refused: an addition does not fit these answers.
    """
    root = render(answers, folder)
    for addition in additions:
        project = Project(root)
        if addition.misfit(answers):
            named = " ".join(word for word in (addition.what, addition.name) if word)
            raise Refused(
                f"these answers don't fit the addition {named}; remove it first"
                " (docs/growing.md, Removal)"
            )
        edits = editing.edits_for(project, answers, addition)
        # The place of a statement depends on the additions that the project has.
        edits.changed[RECORD] = recorded(project.record, [*project.additions, addition])
        edits.write(root)
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
    print("To check it: make picture check cost ARGS=--write")
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
    settings = Edits(changed={SETTINGS: graft(whole, part, appends=True)})
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
            named = [arg.value for arg in call.args if arg.keyword and arg.keyword.value == "name"]
            if [module.code_for_node(value) for value in named] == [f'"{name}"']:
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


def main(arguments: list[str] | None = None) -> int:
    """Change answers, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make change", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the project's folder")
    parser.add_argument("--names", default="", help="names of answers in the environment")
    parser.add_argument("--dry-run", action="store_true", help="show the changes only")
    parser.add_argument("--yes", action="store_true", help="also if data is replaced")
    given = parser.parse_args(arguments)
    project = Project(given.project.resolve())
    names = [name for name in given.names.split() if name not in VARIABLES]
    try:
        after = changed(project, {name: os.environ.get(name, "") for name in names})
        project.check_clean("make change")
        with tempfile.TemporaryDirectory(prefix="tap-change-") as made:
            current = {**project.answers, "environments": project.environments()}
            old = full(current, project.additions, Path(made) / "old")
            new = full({**current, **after}, project.additions, Path(made) / "new")
            merged = merge(project.root, old, new)
            merged.edits.changed[RECORD] = _record(project, {**project.answers, **after})
            status = impact.report(project, merged, old, new, Path(made))
    except (Refused, click.ClickException) as error:
        message = error.message if isinstance(error, click.ClickException) else str(error)
        print(message, file=sys.stderr)
        return 2
    return impact.finish(project, merged, status, given, "make change")


def changed(project: Project, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers that change, as cookiecutter reads them.

    Raises:
        Refused: there is none, or a name or value is unknown.
    """
    questions = rules.asked()
    fixed = {
        "project_slug": "the stacks and their data have this name",
        "verify": "it has no effect",
    }
    after: dict[str, Any] = {}
    for name, value in given.items():
        if name not in questions:
            known = ", ".join(
                question for question in questions if question not in {*fixed, "environments"}
            )
            raise Refused(f"{name} is no question; try one of {known}")
        if name in fixed:
            raise Refused(f"{name} can't be changed: {fixed[name]}")
        choices = questions[name]
        if isinstance(choices, list) and value not in choices:
            raise Refused(f"{name} is {value!r}, not one of {', '.join(choices)}")
        if isinstance(choices, bool):
            if value.lower() not in BOOLEANS:
                raise Refused(f"{name} is {value!r}; try {name}=true or {name}=false")
            after[name] = BOOLEANS[value.lower()]
        else:
            after[name] = value
    if "environments" in after:
        raise Refused(
            "environments are in infra/settings.py; try: make add WHAT=environment NAME=..."
        )
    now = project.answers
    after = {name: value for name, value in after.items() if now.get(name) != value}
    if not after:
        shown = "nothing is to change; try: make change api=http"
        raise Refused(shown if not given else "the project has these answers already")
    problems = [rules.problem(name, {**now, **after}) for name in rules.asked()]
    for problem in problems:
        if problem is not None:
            raise Refused(str(problem))
    return after
