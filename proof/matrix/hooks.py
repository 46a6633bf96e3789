"""Cookiecutter's rendered hooks, run in this process.

To start an interpreter for each takes ten times longer than the hooks themselves. tests/hooks runs
them as cookiecutter does.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from cookiecutter.exceptions import FailedHookException


def _run_script(script_path: str, cwd: Path | str = ".") -> None:
    path = list(sys.path)
    try:
        with contextlib.chdir(cwd):
            runpy.run_path(script_path, run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise FailedHookException(f"Hook script failed ({ended.code})") from ended
    finally:
        sys.path[:] = path


@contextmanager
def in_process() -> Iterator[None]:
    """Run the hooks of all projects that are rendered meanwhile in this process."""
    with mock.patch("cookiecutter.hooks.run_script", _run_script):
        yield
