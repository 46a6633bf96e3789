"""Removes empty files and folders of a rendered project."""

from __future__ import annotations

import os
from pathlib import Path

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT

CACHES = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
"""Folders that tools create; also in `_copy_without_render`, because they contain no text."""


def prune(project: Path, template: Path = TEMPLATE_ROOT / PROJECT_FOLDER) -> None:
    """Remove the template's files that rendered to nothing, and its empty folders.

    Only names of the template are removed: empty folders of the user or of git stay.
    The template contains caches if its modules were imported or linted.
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
