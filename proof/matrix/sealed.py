"""Modules of the sealed packages, imported from the template."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from typing import Any
from unittest import mock

from local_extensions import answers

PROJECT = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER
PACKAGES = ("tap_emulator", "tap_guardrails", "tap_project")


@cache
def module(name: str) -> Any:
    """Return a module, such as `tap_project.cost`, that no synth of a project replaces."""
    # Bytecode in the template's folder would become part of rendered projects.
    with (
        mock.patch.dict(sys.modules),
        mock.patch.object(sys, "path", [str(PROJECT), *sys.path]),
        mock.patch.object(sys, "dont_write_bytecode", True),
    ):
        for known in [each for each in sys.modules if each.partition(".")[0] in PACKAGES]:
            del sys.modules[known]
        return importlib.import_module(name)
