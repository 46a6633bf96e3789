"""Prints the monthly cost of each environment, from the last synth: `make cost`.

Usage is estimated from assumptions, which are variables of make: `make cost REQUESTS=5000000`.
`make cost ARGS=--write` brings the tables of docs/cost.md up to date.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tap_project import cost, environments
from tap_project.assembly import OperationError, Stack, stack_of, stacks
from tap_project.command import reported
from tap_project.savings import savings
from tap_project.usage import Template, Usage, assumed

Row = tuple[str, ...]


@dataclass(frozen=True)
class Used:
    """The monthly quantity of a usage item, in units of its price, and its cost in USD."""

    quantity: float
    usd: float

    def __str__(self) -> str:
        digits = 0 if self.quantity >= 100 or self.quantity == round(self.quantity) else 1
        return f"{self.quantity:,.{digits}f}"


def estimate(template: Template, given: Mapping[str, float]) -> dict[str, Used]:
    """Return the cost of a stack's usage under assumptions, by item that can be estimated."""
    usage = Usage(template, given)
    found = {}
    for item in cost.used(template):
        quantity = usage.of(item)
        if quantity is not None:
            found[item] = Used(quantity, cost.usage_usd(item, quantity))
    return found


def total(template: Template, given: Mapping[str, float]) -> float:
    """Return the fixed and estimated cost of a stack, in USD a month."""
    usage = sum(each.usd for each in estimate(template, given).values())
    return usage + sum(line.usd for line in cost.fixed(template))


def report(
    templates: Mapping[str, Template], regions: Iterable[str], given: Mapping[str, float]
) -> str:
    """Return the fixed and variable cost of each environment, and cheaper alternatives.

    Args:
        templates: the template of each environment.
        regions: their regions.
        given: the assumptions, by name.
    """
    blank = tuple("" for _ in templates)
    sections = [
        aligned(
            ("USD a month", *templates, ""),
            ("FIXED", *blank, ""),
            *fixed_rows(templates),
            ("USAGE", *blank, ""),
            *_usage_rows(templates, given),
            ("TOTAL", *(_usd(total(each, given)) for each in templates.values()), ""),
        ),
        [*_assumptions(templates, given), *_not_estimated(templates, given)],
        _cheaper(templates, given),
        [_about_prices(regions)],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def fixed_rows(templates: Mapping[str, Template]) -> list[Row]:
    """Return the rows of the table of docs/cost.md, as text."""
    rows = cost.fixed_table(templates)[2:]
    cells = [tuple(cell.strip(" *") for cell in row.strip("|").split("|")) for row in rows]
    return [*(("  " + name, *others) for name, *others in cells)]


def _usage_rows(templates: Mapping[str, Template], given: Mapping[str, float]) -> list[Row]:
    lines = {name: estimate(template, given) for name, template in templates.items()}
    rows: list[Row] = []
    for item, price in cost.prices()["usage"].items():
        found = [each.get(item) for each in lines.values()]
        if any(found):
            counts = dict.fromkeys(str(each) for each in found if each)
            per = f"{cost.money(price['usd'])} per {price['per']}"
            usd = (_usd(each.usd if each else 0.0) for each in found)
            rows.append((f"  {price['what']}", *usd, f"{', '.join(counts)} at {per}"))
    sums = (_usd(sum(line.usd for line in each.values())) for each in lines.values())
    return [*rows, ("  total", *sums, "")]


def _assumptions(templates: Mapping[str, Template], given: Mapping[str, float]) -> list[str]:
    """Return the assumptions that the templates depend on, as make's arguments."""
    found = {
        each: f"{each.name}={given[each.name]:.10g}"
        for template in templates.values()
        for each in Usage(template, given).assumptions(cost.used(template))
    }
    lines = [
        "Assumptions for each environment and month; to change one: make cost REQUESTS=5000000"
    ]
    if found:
        lines[0] = lines[0].replace("REQUESTS", next(iter(found)).name)
    return lines + [f"  {text:22} {each.what}" for each, text in found.items()]


def _not_estimated(templates: Mapping[str, Template], given: Mapping[str, float]) -> list[str]:
    items = {
        item
        for template in templates.values()
        for item in cost.used(template)
        if Usage(template, given).of(item) is None
    }
    named = [
        f"{price['what']}, {cost.money(price['usd'])} per {price['per']}"
        for item, price in cost.prices()["usage"].items()
        if item in items
    ]
    return [f"Not estimated: {'; '.join(named)}"] if named else []


def _cheaper(templates: Mapping[str, Template], given: Mapping[str, float]) -> list[str]:
    found = savings(templates, given)
    if not found:
        return []
    heading = ("CHEAPER, USD a month saved", *templates, "")
    rows: list[Row] = []
    for each in found:
        choice = each.alternative
        rows.append((f"  {choice.choice}", *map(_usd, each.usd), choice.change))
        rows.append(("", *("" for _ in templates), f"but: {choice.consequence}"))
    return aligned(heading, *rows)


def _about_prices(regions: Iterable[str]) -> str:
    prices = cost.prices()
    others = sorted(set(regions) - {prices["region"]})
    differ = f"; those of {', '.join(others)} differ" if others else ""
    return (
        f"Prices of {prices['region']}, looked up on {prices['looked_up']}, without taxes and free"
        f" allowances{differ}.\nSources: tap_project/prices.json."
    )


def _usd(usd: float) -> str:
    return f"{usd:,.2f}"


def aligned(*rows: Row) -> list[str]:
    """Return rows as text; the columns between the first and the last are numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for first, *numbers, last in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(numbers, widths[1:-1], strict=True)]
        lines.append("  ".join([f"{first:{widths[0]}}", *cells, last]).rstrip())
    return lines


def _templates(found: Mapping[str, Stack]) -> dict[str, Template]:
    """Return the templates of stacks.

    Raises:
        OperationError: a resource has no price.
    """
    templates = {name: cost.template_of(stack) for name, stack in found.items()}
    unknown = sorted({kind for each in templates.values() for kind in cost.unpriced(each)})
    if unknown:
        raise OperationError(
            f"no price is known for {', '.join(unknown)}; add it to pyproject.toml, in USD a"
            f' month: [tool.tap.prices] "{unknown[0]}" = 0.40'
        )
    return templates


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the monthly cost of each environment."""
    parser = argparse.ArgumentParser(prog="make cost", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="update the tables of docs/cost.md")
    parser.add_argument("--names", default="", help="the variables of make's command line")
    parser.add_argument("--environment", default="", help="of this environment only")
    parser.add_argument("--check", action="store_true", help="check the variables only")
    given = parser.parse_args(arguments)
    return reported(lambda: _run(given))


def _run(given: argparse.Namespace) -> int:
    assumptions = assumed(given.names.split(), os.environ)
    if given.environment and given.write:
        raise OperationError("docs/cost.md has all environments; leave out ENV")
    if given.check:
        if given.environment:
            environments.known(given.environment)
        return 0
    name = given.environment
    found = {name: stack_of(name)} if name else stacks()
    templates = _templates(found)
    print(report(templates, (stack.region for stack in found.values()), assumptions))
    if given.write:
        page = cost.written(cost.PAGE.read_text(encoding="utf-8"), templates)
        cost.PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
