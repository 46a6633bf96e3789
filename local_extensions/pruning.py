"""Removes what the template left empty in a rendered project."""

from __future__ import annotations

import os
from pathlib import Path

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT

CACHES = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
"""Folders that tools leave behind; `_copy_without_render` names them too, as they hold no text."""


def prune(project: Path, template: Path = TEMPLATE_ROOT / PROJECT_FOLDER) -> None:
    """Remove the template's files that rendered to nothing, and its folders that stayed empty.

    Only names of the template are looked at: an empty folder of the user's, or of git's, stays.
    Caches lie in a template whose modules were imported or linted, and are no part of a project.
    """
    for folder, _, files in os.walk(template, topdown=False):
        below = Path(folder).relative_to(template)
        counterpart = project / below
        for name in files:
            if not CACHES.isdisjoint(below.parts):
                (counterpart / name).unlink(missing_ok=True)
            elif (Path(folder) / name).stat().st_size and _is_blank(counterpart / name):
                (counterpart / name).unlink()
        if counterpart != project and counterpart.is_dir() and not any(counterpart.iterdir()):
            counterpart.rmdir()


def _is_blank(file: Path) -> bool:
    return file.is_file() and file.stat().st_size < 16 and not file.read_bytes().strip()
