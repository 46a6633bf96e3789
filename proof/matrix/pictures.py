"""The project's own picture of its stacks, for stacks that the tests have synthesized."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from local_extensions import answers

PROJECT = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER
PARTS = ("picture", "permissions", "alarms")
PACKAGES = ("tap_project", "tap_guardrails")


@cache
def _page() -> Any:
    """Return the module `tap_project.picture.page`, which is the same in every project."""
    # Bytecode in the template's folder would become part of rendered projects.
    with (
        mock.patch.dict(sys.modules),
        mock.patch.object(sys, "path", [str(PROJECT), *sys.path]),
        mock.patch.object(sys, "dont_write_bytecode", True),
    ):
        for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
            del sys.modules[name]
        return importlib.import_module("tap_project.picture.page")


def parts(assembly: Path) -> dict[str, list[str]]:
    """Return the lines of each generated part of docs/architecture.md, from a cloud assembly."""
    found: dict[str, list[str]] = _page().parts(assembly)
    return found


def problems(page: str, found: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the differences between an architecture page and its stacks."""
    if _page().written(page, found) != page:
        shown = page.splitlines()
        expected = [line for lines in found.values() for line in lines]
        wrong = [line for line in expected if line not in shown]
        yield (
            f"docs/architecture.md differs from the stacks: {'; '.join(wrong[:4]) or 'order'}"
            " (make pictures)"
        )
