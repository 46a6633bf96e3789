"""What Jinja compiled, kept over many projects.

Cookiecutter makes a Jinja environment for each project, and with it would compile the same
templates anew each time, those of answers and file names too, which takes longer than to render
them.
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
    """Compile no template twice in this process, in whichever environment it is used.

    All environments have to be set up alike, as those of one template of cookiecutter's are.
    """
    with mock.patch.object(Environment, "compile", _compile_once):
        yield
