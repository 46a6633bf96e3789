"""Reads the environments of infra/settings.py: `python -m tap_project.environments`."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

from tap_project.assembly import OperationError
from tap_project.mistyped import mistyped, mistyped_in
from tap_project.repository import diff_variable


class Named(Protocol):
    """The settings of one environment, as far as commands need them."""

    name: str
    region: str
    account: str | None
    production: bool


def environments() -> dict[str, Named]:
    """Return the environments by name.

    Raises:
        OperationError: infra/settings.py rejects a value; the message names it.
    """
    try:
        found: dict[str, Named] = import_module("infra.settings").ENVIRONMENTS
    except (AttributeError, ImportError, NameError, TypeError, ValueError) as error:
        problem = mistyped_in(error.__traceback__) or str(error)
        raise OperationError(f"infra/settings.py{_line(error)}: {problem}") from error
    if not isinstance(found, dict):
        kind = type(found).__name__
        raise OperationError(
            f"infra/settings.py: ENVIRONMENTS is a {kind}; try ENVIRONMENTS = by_name(...)"
        )
    for name, each in found.items():
        for problem in mistyped(each):
            raise OperationError(f"infra/settings.py: {problem} (environment {name!r})")
    return found


def _line(error: Exception) -> str:
    """Return the line of the settings in which an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [each.lineno for each in frames if Path(each.filename).name == "settings.py"]
    return f", line {lines[-1]}" if lines else ""


def known(name: str) -> Named:
    """Return one environment.

    Raises:
        OperationError: there is no such environment; the message names those that exist.
    """
    found = environments()
    if name not in found:
        choices = " or ".join(f"ENV={each}" for each in found)
        raise OperationError(f"no environment {name!r} in infra/settings.py; try {choices}")
    return found[name]


def stack_name(environment: Named) -> str:
    """Return the name of an environment's stack."""
    return f"{import_module('infra.settings').PROJECT}-{environment.name}"


def matrix(found: Iterable[Named]) -> str:
    """Return the environments as the `include` list of a GitHub Actions matrix, in JSON.

    Each has the name of the variable that holds the role for its diff.
    """
    return json.dumps(
        [
            {
                "environment": each.name,
                "region": each.region,
                "variable": diff_variable(stack_name(each), each.name),
            }
            for each in found
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """List the environments, or check that one exists."""
    parser = argparse.ArgumentParser(
        prog="python -m tap_project.environments", description=main.__doc__
    )
    parser.add_argument("environment", nargs="?", help="check that this one exists")
    parser.add_argument("--command", help="the command of make that needs the environment")
    parser.add_argument("--matrix", action="store_true", help="print JSON for GitHub Actions")
    given = parser.parse_args(arguments)
    try:
        found = environments()
        if given.command and not given.environment:
            choices = " or ".join(f"ENV={name}" for name in found)
            raise OperationError(f"Which environment? Try: make {given.command} {choices}")
        if given.environment is not None:
            known(given.environment)
            return 0
    except OperationError as error:
        print(error, file=sys.stderr)
        return 2
    if given.matrix:
        print(matrix(found.values()))
        return 0
    for each in found.values():
        print(f"{each.name}: {each.region}{', production' if each.production else ''}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
