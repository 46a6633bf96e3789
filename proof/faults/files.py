"""Change the files of a rendered project."""

from __future__ import annotations

from pathlib import Path


def replace(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file.

    Raises:
        LookupError: the file does not contain it; update the fault.
    """
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise LookupError(f"{file.name} has no {old!r}; bring the fault up to date")
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
