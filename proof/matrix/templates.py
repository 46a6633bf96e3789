"""Compiled Jinja templates, cached for many projects.

Cookiecutter creates a Jinja environment for each project, and would compile the same templates,
including those of answers and file names, for each of them. Compiling takes longer than rendering.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any
from unittest import mock

from jinja2 import Environment, nodes

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


@contextmanager
def compiled_once() -> Iterator[None]:
    """Compile each template once in this process, for all environments.

    All environments need the same settings, as those of one cookiecutter template have.
    """
    with mock.patch.object(Environment, "compile", _compile_once):
        yield
