"""Render the template, and additions, with the answers of a project."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cookiecutter.main import cookiecutter

from local_extensions import pruning, rendered
from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT, questions

SEALED = ("tap_emulator", "tap_guardrails", "tap_project")
ADDITIONS = TEMPLATE_ROOT / "additions"


def render(answers: Mapping[str, Any], folder: Path) -> Path:
    """Render the project with these answers into an empty folder, and return it.

    Answers can include the private variables of cookiecutter.json. Questions that the answers don't
    have keep their defaults.

    Raises:
        click.ClickException: an answer is invalid; the message is one line for each.
    """
    project = _cookiecutter(TEMPLATE_ROOT, answers, folder)
    pruning.prune(project)
    rendered.normalise_modes(project, {**questions(), **answers})
    return project


def rendered_texts(answers: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the text of each file of a project with these answers, sealed packages excluded.

    Raises:
        click.ClickException: an answer is invalid; the message is one line for each.
    """
    return _texts(tuple(sorted(answers.items())))


@cache
def _texts(answers: tuple[tuple[str, Any], ...]) -> Mapping[str, str]:
    with tempfile.TemporaryDirectory(prefix="tap-render-") as folder:
        return _read(render(dict(answers), Path(folder)))


def addition_texts(
    what: str, answers: Mapping[str, Any], variables: Mapping[str, Any]
) -> Mapping[str, str]:
    """Return the text of each file of `additions/<what>`, such as `parts/infra/stack.py`.

    Args:
        what: the kind of addition.
        answers: the answers of the project.
        variables: further variables of the addition's files.

    Raises:
        click.ClickException: an answer is invalid; the message is one line for each.
    """
    return _addition(what, tuple(sorted(answers.items())), tuple(sorted(variables.items())))


@cache
def _addition(
    what: str, answers: tuple[tuple[str, Any], ...], variables: tuple[tuple[str, Any], ...]
) -> Mapping[str, str]:
    """Render an addition; cookiecutter looks for shared templates beside the questions."""
    with tempfile.TemporaryDirectory(prefix="tap-render-") as folder:
        source = Path(folder) / "template"
        shutil.copytree(ADDITIONS / what, source / PROJECT_FOLDER)
        shutil.copytree(TEMPLATE_ROOT / "templates", source / "templates")
        asked = {**questions(), **dict.fromkeys(dict(variables), "")}
        (source / "cookiecutter.json").write_text(json.dumps(asked), encoding="utf-8")
        project = _cookiecutter(source, dict(answers + variables), Path(folder) / "rendered")
        pruning.prune(project, source / PROJECT_FOLDER)
        return _read(project)


def _read(project: Path) -> Mapping[str, str]:
    files = (path.relative_to(project) for path in sorted(project.rglob("*")) if path.is_file())
    return {
        path.as_posix(): (project / path).read_text(encoding="utf-8")
        for path in files
        if path.parts[0] not in SEALED
    }


def _cookiecutter(template: Path, answers: Mapping[str, Any], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("cookiecutter").setLevel(logging.ERROR)
    return Path(
        cookiecutter(
            str(template),
            no_input=True,
            extra_context=dict(answers),
            output_dir=str(folder),
            default_config=True,
            accept_hooks=False,
        )
    )
