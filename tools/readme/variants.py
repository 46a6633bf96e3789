"""The map of all variants: one cell each, coloured by the fixed monthly cost of production.

The cost is that of the page docs/cost.md which the template renders for a variant; `make matrix`
compares this page with the synthesized stacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from typing import Any

from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from jinja2 import FileSystemLoader

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from proof import variants
from proof.matrix.templates import compiled_once
from proof.variants import Answer, Variant
from tools.readme.themes import FONT, Theme

SHARED: Mapping[str, Answer] = {"environments": "prod", "aws_region": "us-east-1", "verify": False}
TOTAL = re.compile(r"^\| \*\*total\*\* \| \*\*([\d.]+)\*\* \|", re.MULTILINE)
# The questions of the columns and rows of the small maps, and of their cells.
ACROSS, DOWN = ("network", "billing_mode"), ("encryption", "audit_trail")
COLUMNS, ROWS = ("api", "api_auth"), ("worker",)
CELL, GAP, LEFT, TOP = 15, 26, 150, 64
# The upper bounds of the colours, in USD a month.
BOUNDS = (5.0, 7.0, 12.0, 30.0)
LABELS = {
    "True": "audit trail", "False": "no trail", "customer_managed": "KMS key",
    "aws_managed": "AWS keys", "on_demand": "on demand", "none": "no VPC",
    "existing": "existing VPC", "nat": "NAT gateway",
}  # fmt: skip


@cache
def _context() -> Any:
    return generate_context(str(TEMPLATE_ROOT / "cookiecutter.json"))


def monthly_usd(variant: Variant) -> float:
    """Return the fixed monthly cost of production in USD.

    Raises:
        ValueError: the page has no total.
    """
    questions, picked = _context()["cookiecutter"], dict(variant.infrastructure)
    given = {**questions, **SHARED, **picked}
    for name, value in questions.items():
        if isinstance(value, list) and name in picked:
            chosen = picked[name]
            given[name] = [chosen, *(each for each in value if each != chosen)]
    with compiled_once():
        answers = {"cookiecutter": prompt_for_config({"cookiecutter": given}, no_input=True)}
        environment = create_env_with_context(answers)
        folders = [str(TEMPLATE_ROOT / PROJECT_FOLDER), str(TEMPLATE_ROOT / "templates")]
        environment.loader = FileSystemLoader(folders)
        page = environment.get_template("docs/cost.md").render(**answers)
    found = TOTAL.search(page)
    if not found:
        raise ValueError(f"docs/cost.md of {variant.id} has no total")
    return float(found.group(1))


def _combinations(product: Iterable[Variant], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    found: dict[tuple[Any, ...], None] = {}
    for variant in product:
        found[_place(variant, names)] = None
    return list(found)


def _place(variant: Variant, names: tuple[str, ...]) -> tuple[Any, ...]:
    answers = dict(variant.infrastructure)
    if names == COLUMNS and answers["api"] == "none":
        return ("none", "")
    return tuple(answers[name] for name in names)


def colour(usd: float, theme: Theme) -> str:
    """Return the colour of a monthly cost."""
    return theme.scale[sum(usd >= bound for bound in BOUNDS)]


def picture(costs: Mapping[Variant, float], theme: Theme) -> str:
    """Return the map of these costs."""
    product = list(costs)
    across, down = _combinations(product, ACROSS), _combinations(product, DOWN)
    columns, rows = _combinations(product, COLUMNS), _combinations(product, ROWS)
    width_of, height_of = len(columns) * CELL + GAP, len(rows) * CELL + GAP
    width, height = LEFT + len(across) * width_of, TOP + len(down) * height_of + 44
    title = f"{len(product)} variants by the fixed monthly cost of production"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-labelledby="t"><title id="t">{title}</title><style>'
        f"text{{font:11px {FONT};fill:{theme.muted}}}"
        f".h{{font-weight:600;fill:{theme.text}}}</style>"
        f'<rect width="{width}" height="{height}" rx="10" fill="{theme.page}"/>'
    ]
    for number, place in enumerate(across):
        x = LEFT + number * width_of
        parts += _heading(place, x, 24)
    for number, place in enumerate(down):
        y = TOP + number * height_of
        parts += _heading(place, 16, y + 20)
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 11 + n * CELL}" text-anchor="end">'
            f"{escape(str(row[0]))}</text>"
            for n, row in enumerate(rows)
        ]
    for variant, usd in costs.items():
        x = LEFT + across.index(_place(variant, ACROSS)) * width_of
        x += columns.index(_place(variant, COLUMNS)) * CELL
        y = TOP + down.index(_place(variant, DOWN)) * height_of
        y += rows.index(_place(variant, ROWS)) * CELL
        parts.append(
            f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" rx="2"'
            f' fill="{colour(usd, theme)}"/>'
        )
    y = height - 46
    names = [f"below {BOUNDS[0]:g}", *(f"from {bound:g}" for bound in BOUNDS)]
    for number, name in enumerate(names):
        x = LEFT + number * 96
        parts.append(
            f'<rect x="{x}" y="{y}" width="13" height="13" rx="2" fill="{theme.scale[number]}"/>'
            f'<text x="{x + 19}" y="{y + 11}">{name}</text>'
        )
    legend = ", ".join(" with ".join(str(each) for each in column if each) for column in columns)
    parts.append(f'<text x="16" y="{y + 11}" class="h">USD a month</text>')
    parts.append(
        f'<text x="16" y="{y + 34}" class="h">Columns</text>'
        f'<text x="{LEFT}" y="{y + 34}">API and authorization: {escape(legend)}</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _heading(place: tuple[Any, ...], x: int, y: int) -> list[str]:
    """Return the lines of a heading, the first in bold."""
    classes = (' class="h"', *("" for _ in place))
    labels = [escape(LABELS.get(str(value), str(value))) for value in place]
    return [
        f'<text x="{x}" y="{y + 15 * n}"{classes[n]}>{label}</text>'
        for n, label in enumerate(labels)
    ]


def all_costs() -> dict[Variant, float]:
    """Return the cost of every variant."""
    return {variant: monthly_usd(variant) for variant in variants.product()}
