"""Change the files of a rendered project."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def replace(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file.

    Raises:
        LookupError: the file does not have it: bring the fault up to date.
    """
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise LookupError(f"{file.name} has no {old!r}; bring the fault up to date")
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def edit_json(file: Path, edit: Callable[[Any], None]) -> None:
    """Change the contents of a JSON file."""
    data = json.loads(file.read_text(encoding="utf-8"))
    edit(data)
    file.write_text(json.dumps(data, indent=2), encoding="utf-8")
