"""`make update`: move a project to another release of the template."""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

import click

from lifecycle import impact
from lifecycle.catalogue import Refused
from lifecycle.change import full
from lifecycle.merge import merge
from lifecycle.project import RECORD, Project
from local_extensions.answers import TEMPLATE_ROOT

CHANGELOG = TEMPLATE_ROOT / "CHANGELOG.md"


def render_recorded(arguments: list[str]) -> int:
    """Render a project as it is recorded, additions included; return the exit code."""
    parser = argparse.ArgumentParser(prog="lifecycle render")
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args(arguments)
    project = Project(given.project.resolve())
    try:
        answers = {**project.answers, "environments": project.environments()}
        rendered = full(answers, project.additions, given.into)
    except (Refused, click.ClickException) as error:
        message = error.message if isinstance(error, click.ClickException) else str(error)
        print(message, file=sys.stderr)
        return 2
    # The caller knows the folder, and not the project's name.
    if rendered.name != "project":
        rendered.rename(given.into / "project")
    return 0


def main(arguments: list[str]) -> int:
    """Merge what this release renders differently into a project; return the exit code."""
    parser = argparse.ArgumentParser(prog="make update", description=__doc__)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--old", type=Path, required=True, help="rendered by the recorded release")
    parser.add_argument("--release", required=True, help="the name of this release")
    parser.add_argument("--commit", required=True, help="the commit of this release")
    parser.add_argument("--from", required=True, dest="before", help="the recorded commit")
    parser.add_argument("--before-release", default="", help="the name of the recorded release")
    parser.add_argument("--dry-run", action="store_true", help="show the changes only")
    parser.add_argument("--yes", action="store_true", help="also if data is replaced")
    given = parser.parse_args(arguments)
    project = Project(given.project.resolve())
    try:
        project.check_clean("make update")
        with tempfile.TemporaryDirectory(prefix="tap-update-") as made:
            answers = {**project.answers, "environments": project.environments()}
            new = full(answers, project.additions, Path(made) / "new")
            old = given.old / "project"
            merged = merge(project.root, old, new)
            record = {**project.record, "commit": given.commit}
            text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
            merged.edits.changed[RECORD] = text
            changes = notes(given.before_release)
            print(changes)
            status = impact.report(project, merged, old, new, Path(made), changes)
    except (Refused, click.ClickException) as error:
        message = error.message if isinstance(error, click.ClickException) else str(error)
        print(message, file=sys.stderr)
        return 2
    return impact.finish(project, merged, status, given, "make update")


def notes(before: str) -> str:
    """Return the changelog's sections above that of a release; if it has none, the first."""
    text = CHANGELOG.read_text(encoding="utf-8")
    sections = [part.strip() for part in re.split(r"(?m)^(?=## )", text)[1:]]
    filled = [part for part in sections if "\n- " in part]
    known = [n for n, part in enumerate(filled) if before and before.removeprefix("v") in part[:40]]
    found = filled[: known[0]] if known else filled[:1]
    return "\n\n".join(found) or "No changes are recorded."
