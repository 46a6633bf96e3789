"""What cookiecutter finds out about the template's files, cached for many projects.

Cookiecutter creates a Jinja environment for each project, and would compile the same templates,
including those of answers and file names, for each of them. Compiling takes longer than rendering.
It would also search each file for signs of binary content again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any
from unittest import mock

from binaryornot.check import is_binary
from cookiecutter import generate
from jinja2 import Environment, nodes

_binary: dict[tuple[int, int, int], bool] = {}
_kept: dict[tuple[str, str | None, str | None], CodeType] = {}
_compile: Any = Environment.compile


def _compile_once(
    environment: Environment,
    source: str | nodes.Template,
    name: str | None = None,
    filename: str | None = None,
    raw: bool = False,
    defer_init: bool = False,
) -> Any:
    if raw or not isinstance(source, str):
        return _compile(environment, source, name, filename, raw, defer_init)
    key = source, name, filename
    if key not in _kept:
        _kept[key] = _compile(environment, source, name, filename, raw, defer_init)
    return _kept[key]


def _is_binary_once(file: str) -> bool:
    status = Path(file).stat()
    key = status.st_ino, status.st_mtime_ns, status.st_size
    if key not in _binary:
        _binary[key] = is_binary(file)
    return _binary[key]


@contextmanager
def compiled_once() -> Iterator[None]:
    """Compile and examine each file of a template once in this process.

    All Jinja environments need the same settings, as those of one cookiecutter template have.
    """
    with (
        mock.patch.object(Environment, "compile", _compile_once),
        mock.patch.object(generate, "is_binary", _is_binary_once),
    ):
        yield
