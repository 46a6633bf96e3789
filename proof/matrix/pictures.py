"""The project's own picture of its stacks, for stacks that the tests have synthesized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from proof.matrix.sealed import module

PARTS = ("picture", "permissions", "alarms")


def parts(assembly: Path) -> dict[str, list[str]]:
    """Return the lines of each generated part of docs/architecture.md, from a cloud assembly."""
    found: dict[str, list[str]] = module("tap_project.picture.page").parts(assembly)
    return found


def problems(page: str, found: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the differences between an architecture page and its stacks."""
    if module("tap_project.picture.page").written(page, found) != page:
        shown = page.splitlines()
        expected = [line for lines in found.values() for line in lines]
        wrong = [line for line in expected if line not in shown]
        yield (
            f"docs/architecture.md differs from the stacks: {'; '.join(wrong[:4]) or 'order'}"
            " (make pictures)"
        )
