"""`make add`: add a capability to a project."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import re
import sys
from pathlib import Path

import click

from lifecycle.catalogue import CATALOGUE, Addition, Refused, requested
from lifecycle.edits import Edits, edits_for
from lifecycle.project import RECORD, Project, recorded

# What constructs append to their label in the names of outputs.
OUTPUTS = ("Arn", "Name", "Url", "TopicArn", "Id")
# Modules of the project that a module of service/ would hide from its tests.
MODULES = frozenset({"app", "infra", "service", "tests"})
# Ids of the alarm topics.
RESERVED = {"topic": {"Alarm", "Notification"}}


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser(prog="make add", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the project's folder")
    parser.add_argument("--what", default="")
    parser.add_argument("--name", default="")
    parser.add_argument("--kind", default="")
    parser.add_argument("--route", default="")
    parser.add_argument("--dry-run", action="store_true", help="show the changes only")
    given = parser.parse_args(arguments)
    project = Project(given.project.resolve())
    try:
        if not given.what and not (given.name or given.kind or given.route):
            print(listing(project))
            return 0
        addition = requested(given.what, given.name, given.kind, given.route)
        if addition.what == "environment":
            from lifecycle.change import add_environment

            return add_environment(project, addition.name, dry_run=given.dry_run)
        edits = prepared(project, addition)
        project.check_clean("make add")
    except (Refused, click.ClickException) as error:
        message = error.message if isinstance(error, click.ClickException) else str(error)
        print(message, file=sys.stderr)
        return 2
    print(difference(project, edits), end="")
    if given.dry_run:
        print("Nothing was changed.")
        return 0
    edits.write(project.root)
    print(f"\nAdded {described(addition)}. To check it: make picture check cost ARGS=--write")
    folders = {"infra", "service", "tests"} | {path.split("/")[0] for path in edits.new}
    print(f"To undo it: git checkout . && git clean -fd {' '.join(sorted(folders))}")
    return 0


def prepared(project: Project, addition: Addition) -> Edits:
    """Return the changes of an addition, its record included.

    Raises:
        Refused: the project can't have it; nothing is changed.
    """
    check(project, addition)
    answers = project.answers
    # Only parts of infra/settings.py need the names; merging them reports names that can't be read.
    with contextlib.suppress(Refused):
        answers["environments"] = project.environments()
    edits = edits_for(project, answers, addition)
    edits.changed[RECORD] = recorded(project.record, [*project.additions, addition])
    return edits


def check(project: Project, addition: Addition) -> None:
    """Check an addition against the project.

    Raises:
        Refused: a partner is missing, or a name is taken.
    """
    what = addition.what
    misfit = addition.misfit(project.answers)
    if misfit:
        raise Refused(misfit)
    if addition.route:
        _check_route(addition.route, project)
    named = f"NAME {addition.name!r}" if addition.name else f"WHAT={what}"
    had = project.constructs() | RESERVED.get(what, set())
    had = had.union(*(each.construct_ids for each in project.additions))
    taken = sorted(addition.construct_ids & had)
    if taken:
        raise Refused(
            f"{named} is taken: infra/stack.py has a construct {taken[0]!r}"
            + ("; try another NAME" if addition.name else "")
        )
    outputs = {f"{each}{kind}" for each in addition.construct_ids for kind in OUTPUTS}
    if outputs & project.outputs():
        output = sorted(outputs & project.outputs())[0]
        raise Refused(f"{named} is taken: the stack has an output {output}; try another NAME")
    if what in {"function", "worker", "state-machine"}:
        _check_module(addition, named, project)


def _check_route(route: str, project: Project) -> None:
    """Check a route against those of the project.

    An API has one variable at each place of a path: `/items/{id}` excludes `/items/{name}`.
    """
    known = project.routes() | {each.route for each in project.additions if each.route}
    if route in known:
        raise Refused(f"ROUTE {route!r} is taken; try another path")
    variables: dict[str, str] = {}
    for path in (each.partition(" ")[2] for each in sorted(known)):
        for match in re.finditer(r"\{(\w+)\}", path):
            variables.setdefault(path[: match.start()], match[1])
    path = route.partition(" ")[2]
    for match in re.finditer(r"\{(\w+)\}", path):
        before = path[: match.start()]
        if variables.get(before, match[1]) != match[1]:
            raise Refused(
                f"ROUTE {route!r}: another route has {{{variables[before]}}} at {before};"
                f" try {{{variables[before]}}} instead of {match[0]}"
            )


def _check_module(addition: Addition, named: str, project: Project) -> None:
    module = addition.module
    if module in project.packages():
        raise Refused(f"{named} is taken: Python has a module {module!r}; try another NAME")
    if module in MODULES or module.startswith("tap_"):
        raise Refused(f"{named} is taken: the project has a module {module!r}; try another NAME")
    if module in project.fields():
        raise Refused(f"{named} is taken by a setting; try another NAME")
    if (project.root / "service" / f"{module}.py").exists():
        raise Refused(f"{named} is taken: service/{module}.py exists; try another NAME")
    if addition.what == "worker" and addition.names & project.constants():
        constant = sorted(addition.names & project.constants())[0]
        raise Refused(f"{named} is taken: service/names.py has {constant}; try another NAME")


def listing(project: Project) -> str:
    """Return what can be added to a project, one line each."""
    lines = []
    for kind in CATALOGUE.values():
        missing = kind.missing(project.answers)
        lines.append(f"make add {kind.usage.format(what=kind.what)}")
        lines += [
            f"    {kind.summary}",
            f"    {kind.consequence}",
            f"    USD a month: {kind.price}",
        ]
        if missing:
            lines.append(f"    not here: {missing}")
    return "\n".join(lines)


def described(addition: Addition) -> str:
    """Return an addition in words."""
    words = [word for word in (addition.kind, addition.what, addition.name) if word]
    return " ".join(words)


def difference(project: Project, edits: Edits) -> str:
    """Return new files by name, and changed ones as a diff."""
    shown = [f"new file: {path}\n" for path in sorted(edits.new)]
    for path in sorted(edits.changed):
        before = (project.root / path).read_text(encoding="utf-8").splitlines(keepends=True)
        after = edits.changed[path].splitlines(keepends=True)
        shown += difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", n=2)
    return "".join(shown)


if __name__ == "__main__":
    sys.exit(main())
