"""Import the operations of one rendered project, separate from those of others."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

PACKAGES = ("tap_project", "tap_guardrails")


def imported(project: Path, *names: str) -> list[Any]:
    """Return modules of a project, such as `tap_project.bootstrap`, and unload them."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_project(name)}
    sys.path.insert(0, str(project))
    importlib.invalidate_caches()
    try:
        return [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(str(project))
        for name in [name for name in sys.modules if _is_project(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_project(name: str) -> bool:
    return name.split(".")[0] in PACKAGES
