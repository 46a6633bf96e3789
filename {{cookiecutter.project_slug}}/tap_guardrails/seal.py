"""Checksums of the packages that the template maintains, to detect changed files.

`tap_project/seal.sha256` has the format of sha256sum:
`sha256sum --check tap_project/seal.sha256` gives the same result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("tap_emulator", "tap_guardrails", "tap_project")
SEAL = "tap_project/seal.sha256"


def sealed_files(project: Path) -> Iterator[str]:
    """Yield the paths of the packages' files, except caches, hidden files and the seal."""
    for package in PACKAGES:
        for file in sorted((project / package).rglob("*")):
            path = file.relative_to(project)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
            if file.is_file() and not hidden and path.as_posix() != SEAL:
                yield path.as_posix()


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def seal(project: Path) -> str:
    """Return the checksums of the packages, one file per line."""
    lines = (f"{digest(project / path)}  {path}\n" for path in sealed_files(project))
    return "".join(lines)


def changes(project: Path) -> Iterator[tuple[str, str]]:
    """Yield each file that differs from the seal, and the difference.

    A folder that contains none of the packages yields nothing.
    """
    found = set(sealed_files(project))
    if not found:
        return
    file = project / SEAL
    if not file.is_file():
        yield SEAL, "is missing"
        return
    lines = file.read_text(encoding="utf-8").splitlines()
    wanted = {path: known for known, _, path in (line.partition("  ") for line in lines)}
    for path in sorted(found | wanted.keys()):
        if path not in found:
            yield path, "is missing"
        elif path not in wanted:
            yield path, "is not a file of the template"
        elif digest(project / path) != wanted[path]:
            yield path, "was edited"
