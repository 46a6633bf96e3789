"""The table `[tool.tap]` of pyproject.toml: answers, own prices, and reasons for replacements."""

from __future__ import annotations

import tomllib
from typing import Any

from tap_project.assembly import ROOT, OperationError

PIPELINES = ("github", "gitlab", "none")


def recorded() -> dict[str, Any]:
    """Return the table `[tool.tap]`; empty if there is none.

    Raises:
        OperationError: pyproject.toml is missing or is not TOML.
    """
    file = ROOT / "pyproject.toml"
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OperationError(
            f"{file.name} can't be read ({error}); try: git diff {file.name}"
        ) from error
    table = tables.get("tool", {}).get("tap", {})
    return table if isinstance(table, dict) else {}


def ci() -> str:
    """Return which pipelines the project has: `github`, `gitlab` or `none`.

    Raises:
        OperationError: pyproject.toml has no valid value.
    """
    given = recorded().get("ci")
    if given not in PIPELINES:
        known = ", ".join(repr(name) for name in PIPELINES)
        raise OperationError(
            f"ci is {given!r} under [tool.tap] in pyproject.toml, not one of {known};"
            ' try: ci = "github"'
        )
    return str(given)


def own_prices() -> dict[str, float]:
    """Return the owner's prices: USD a month for each resource of a type, 0 if it is free.

    Raises:
        OperationError: a price is not a number.
    """
    given = recorded().get("prices", {})
    for kind, usd in given.items():
        if isinstance(usd, bool) or not isinstance(usd, int | float):
            raise OperationError(
                f"the price of {kind} under [tool.tap.prices] in pyproject.toml is {usd!r};"
                f' try: "{kind}" = 0.40'
            )
    return {kind: float(usd) for kind, usd in given.items()}


def reasons() -> dict[str, str]:
    """Return why resources with data may be replaced or deleted, by environment and path.

    Raises:
        OperationError: a reason is empty or no text.
    """
    given = recorded().get("replacements", {})
    for key, reason in given.items():
        if not isinstance(reason, str) or len(reason.split()) < 2:
            raise OperationError(
                f"the reason of {key!r} under [tool.tap.replacements] in pyproject.toml is"
                f' {reason!r}; try: "{key}" = "copied to the new table on 1 June"'
            )
    return dict(given)
