"""Import the guardrails once for all projects that have the template's, as almost all do.

They are a tenth of a warm variant otherwise: their modules run again, and what they remember about
equal sources, such as syntax trees, is forgotten. A project with other guardrails uses its own.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

from local_extensions import answers
from proof.matrix import inventory

PACKAGE = "tap_guardrails"
FOLDER = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER / PACKAGE
# What a synth imports from the package; what else it imports is not shared.
ENTRIES = ("plugin", "permissions", "report")


def fits(project: Path) -> bool:
    """Return whether a project's guardrails are the template's, byte for byte."""
    wanted = _contents()
    return inventory.present(project / PACKAGE) == wanted.keys() and all(
        (project / PACKAGE / name).read_bytes() == content for name, content in wanted.items()
    )


@contextmanager
def shared(project: Path) -> Iterator[None]:
    """Put the shared modules into `sys.modules`, and afterwards remove and restore them.

    All other modules of the package are imported from the project, like its own. Rules that a
    project registers, and its changes of their variables, end with it.
    """
    if not _kept:
        _import()
    sys.modules.update(_kept)
    # An import from the template's folder would write bytecode there.
    for name, module in _kept.items():
        if hasattr(module, "__path__"):
            module.__path__ = [str(project.joinpath(*name.split(".")))]
    try:
        yield
    finally:
        for name in [each for each in sys.modules if _is_shared(each)]:
            del sys.modules[name]
        for name, module in _kept.items():
            _restore(module, _states[name])


_kept: dict[str, ModuleType] = {}
_states: dict[str, dict[str, tuple[Any, Any]]] = {}


def _import() -> None:
    spec = importlib.util.spec_from_file_location(
        PACKAGE, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{FOLDER} is no package")
    importlib.import_module("aws_cdk")
    sys.modules[PACKAGE] = package = importlib.util.module_from_spec(spec)
    # Bytecode in the template's folder would become part of rendered projects.
    with mock.patch.object(sys, "dont_write_bytecode", True):
        spec.loader.exec_module(package)
        for name in ENTRIES:
            importlib.import_module(f"{PACKAGE}.{name}")
    _kept.update((name, module) for name, module in sys.modules.items() if _is_shared(name))
    _states.update((name, _state(module)) for name, module in _kept.items())


def _is_shared(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE


def _state(module: ModuleType) -> dict[str, tuple[Any, Any]]:
    """Return the variables of a module, with copies of those that can change."""
    return {
        name: (value, value.copy() if isinstance(value, dict | list | set) else None)
        for name, value in vars(module).items()
        if name != "__builtins__"
    }


def _restore(module: ModuleType, state: dict[str, tuple[Any, Any]]) -> None:
    """Give a module the variables that it had, with their contents."""
    variables = vars(module)
    for name in [each for each in variables if each not in state and each != "__builtins__"]:
        del variables[name]
    for name, (value, content) in state.items():
        variables[name] = value
        if content is not None and value != content:
            value.clear()
            value.extend(content) if isinstance(value, list) else value.update(content)


@cache
def _contents() -> dict[str, bytes]:
    return {
        name.removeprefix(f"{PACKAGE}/"): content
        for name, content in inventory.sealed().items()
        if name.startswith(f"{PACKAGE}/")
    }
