"""The git repository of the project, which can be a folder in it (a monorepo).

Several projects of one repository share its environments and variables on GitHub and GitLab, so
their names contain the project's name there.
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from tap_project.assembly import ROOT, Stack


@cache
def folder() -> str:
    """Return the project's folder in its repository; empty if it is all of it, or in none."""
    top = _git("rev-parse", "--show-toplevel")
    return _git("rev-parse", "--show-prefix").rstrip("/") if top else ""


def top() -> Path:
    """Return the folder of the repository, or the project's if it is in none."""
    return Path(_git("rev-parse", "--show-toplevel") or ROOT)


def environment_of(stack: Stack) -> str:
    """Return the name of the stack's environment on GitHub or GitLab."""
    return stack.name if folder() else stack.environment


def diff_variable(stack: str, environment: str) -> str:
    """Return the name of the variable with the role of a diff.

    Args:
        stack: the name of the stack.
        environment: the name of the environment.
    """
    name = stack if folder() else environment
    return f"AWS_DIFF_ROLE_{name.replace('-', '_').upper()}"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  a list of the project's own making, and no shell
            ["git", *arguments],  # noqa: S607  git of the PATH, as the user's
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
