"""The project's own cost calculation, for stacks that the tests have synthesized."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from unittest import mock

from local_extensions import answers
from proof.stacks import Stack

PROJECT = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER


@cache
def cost() -> Any:
    """Return the module `tap_project.cost`, which is the same in every project."""
    # Bytecode in the template's folder would become part of rendered projects.
    with (
        mock.patch.dict(sys.modules),
        mock.patch.object(sys, "path", [str(PROJECT), *sys.path]),
        mock.patch.object(sys, "dont_write_bytecode", True),
    ):
        for name in [name for name in sys.modules if name.partition(".")[0] == "tap_project"]:
            del sys.modules[name]
        module: Any = importlib.import_module("tap_project.cost")
    # A fresh project has no custom prices, and the template's pyproject.toml is not TOML.
    module.own_prices = dict
    return module


def monthly_usd(stack: Stack) -> float:
    """Return the monthly cost of an idle stack."""
    return float(round(sum(line.usd for line in cost().fixed(stack.template)), 2))


def problems(page: str, templates: Mapping[str, Any]) -> Iterator[str]:
    """Yield differences between a cost page and the templates, and types without a price."""
    for name, template in templates.items():
        if unpriced := cost().unpriced(template):
            yield f"no price is known in {name} for {', '.join(sorted(unpriced))}"
    lines = page.splitlines()
    for mark, table in (
        (cost().FIXED, cost().fixed_table(templates)),
        (cost().USAGE, cost().usage_table(templates)),
    ):
        start = lines.index(mark) + 2 if mark in lines else len(lines)
        shown = lines[start : start + len(table) + 1]
        if shown[: len(table)] != table or (len(shown) > len(table) and shown[-1].startswith("|")):
            wrong = [line for line in table if line not in shown] + [
                line for line in shown if line.startswith("|") and line not in table
            ]
            yield f"docs/cost.md differs from the templates: {'; '.join(wrong[:4])}"
