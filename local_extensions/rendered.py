"""The files that belong to a project with given answers, and their modes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT, questions
from local_extensions.pruning import CACHES

FOLDER, FILE = 0o755, 0o644

# cookiecutter.json: "__api_module": "{{ 'api.py' if cookiecutter.api != 'none' else '' }}"
_CONDITIONAL = re.compile(r"\{\{ ('.+'|cookiecutter\.__\w+ ~ '.+') if .+ else '' \}\}")
_REFERENCE = re.compile(r"\{\{\s*cookiecutter\.(__\w+)\s*\}\}")


def normalise_modes(project: Path, answers: Mapping[str, Any]) -> None:
    """Make rendered files readable for everyone and writable for the owner only.

    Otherwise the modes depend on the template's clone and the umask, and functions are deployed
    with the modes of their files. The project's own folder keeps its mode.
    """
    for path, belongs in _paths(answers):
        rendered = project / path
        if belongs and rendered.exists() and not rendered.is_symlink():
            rendered.chmod(FOLDER if rendered.is_dir() else FILE)


def leftovers(project: Path, answers: Mapping[str, Any]) -> list[Path]:
    """Return the files in a project that belong to other answers, as sorted paths within it.

    They remain after rendering over a project (`cookiecutter --overwrite-if-exists`).
    """
    paths = (path for path, belongs in _paths(answers) if not belongs)
    return sorted(path for path in paths if (project / path).is_file())


def notes(project: Path, answers: Mapping[str, Any]) -> list[str]:
    """Return the command that deletes the leftovers; they are kept because they may be edited."""
    found = leftovers(project, answers)
    if not found:
        return []
    files = shlex.join(path.as_posix() for path in found)
    return [f"Files of other answers remain; to delete them: rm {files}"]


def _paths(answers: Mapping[str, Any]) -> Iterator[tuple[Path, bool]]:
    """Yield each path that the template can render, and whether it belongs to these answers."""
    template = TEMPLATE_ROOT / PROJECT_FOLDER
    names = _conditional_names(answers)
    for folder, folders, files in os.walk(template):
        folders[:] = [name for name in folders if name not in CACHES]
        below = Path(folder).relative_to(template)
        yield from ((below / name, True) for name in folders)
        for name in files:
            variable = _REFERENCE.fullmatch(name)
            if variable is None:
                yield below / name, True
            else:
                yield below / names[variable.group(1)], bool(answers.get(variable.group(1)))


def _conditional_names(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return the file name of each file name variable of cookiecutter.json, if not empty."""
    found = {}
    for variable, value in questions().items():
        match = _CONDITIONAL.fullmatch(value) if isinstance(value, str) else None
        if match:
            found[variable] = _joined(match.group(1), answers)
    return found


def _joined(expression: str, answers: Mapping[str, Any]) -> str:
    """Return a name such as `'test_' ~ cookiecutter.__worker_name ~ '.py'`."""

    def value(part: str) -> str:
        if part.startswith("'"):
            return part[1:-1]
        name = part.removeprefix("cookiecutter.")
        return str(answers.get(name, questions()[name]))

    return "".join(value(part.strip()) for part in expression.split("~"))
