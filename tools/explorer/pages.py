"""Architecture and cost of each variant, from the pages that the template renders for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from jinja2 import FileSystemLoader

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from proof.matrix import costs
from proof.matrix.templates import compiled_once
from proof.variants import Answer

# The answers of every variant that have no place among the options of the page.
SHARED: Mapping[str, Answer] = {
    "environments": "dev,prod",
    "alarm_email": "on-call@example.com",
    "aws_region": "us-east-1",
    "verify": False,
}
ENVIRONMENT = "prod"
NODE = re.compile(r'    +(?P<id>\w+)\W+?"(?P<label>[^"]*)"')
GROUP = re.compile(r'    subgraph (?P<id>\w+)_ \["(?P<label>[^"]*)"\]')
ARROW = re.compile(
    r'    (?P<source>\w+) (?P<line>-\.?-?>)(?:\|"(?P<label>[^"]*)"\|)? (?P<target>\w+)'
)

Row = tuple[str, ...]


@dataclass(frozen=True)
class Pages:
    """What the pages of one variant show about production.

    Args:
        nodes: id, label with `<br/>`, and the id of the group or ''.
        arrows: source, target, label, and whether it is an event.
        permissions, alarms: the rows of the tables.
        costs: what costs something, the number and price, and USD a month.
    """

    nodes: tuple[tuple[str, str, str], ...]
    arrows: tuple[tuple[str, str, str, bool], ...]
    permissions: tuple[Row, ...]
    alarms: tuple[Row, ...]
    costs: tuple[tuple[str, str, float], ...]


def of_variant(answers: Mapping[str, Answer]) -> Pages:
    """Return what the pages of a project with these answers show.

    Raises:
        ValueError: a page has a line of a form that is not known here.
    """
    architecture, cost = _rendered("docs/architecture.md", "docs/cost.md", answers=answers)
    drawing = _between(architecture, "```mermaid", "```")
    nodes, arrows = _drawn(drawing)
    return Pages(
        nodes=nodes,
        arrows=arrows,
        permissions=tuple(_rows(_part(architecture, "permissions"))),
        alarms=tuple(_rows(_part(architecture, "alarms"))),
        costs=tuple(_costs(cost)),
    )


def _rendered(*paths: str, answers: Mapping[str, Answer]) -> list[str]:
    with compiled_once():
        context = _questions()
        asked = {**context["cookiecutter"], **SHARED, **answers}
        for name, value in context["cookiecutter"].items():
            # A choice is a list, with the default first.
            if isinstance(value, list) and name in answers:
                asked[name] = [answers[name], *(each for each in value if each != answers[name])]
        chosen = {"cookiecutter": prompt_for_config({"cookiecutter": asked}, no_input=True)}
        environment = create_env_with_context(chosen)
        environment.loader = FileSystemLoader(
            [str(TEMPLATE_ROOT / PROJECT_FOLDER), str(TEMPLATE_ROOT / "templates")]
        )
        return [environment.get_template(path).render(**chosen) for path in paths]


@cache
def _questions() -> Any:
    return generate_context(str(TEMPLATE_ROOT / "cookiecutter.json"))


def _between(page: str, start: str, end: str) -> list[str]:
    return page.partition(f"{start}\n")[2].partition(f"{end}\n")[0].splitlines()


def _part(page: str, name: str) -> list[str]:
    return _between(page, f"<!-- {name} of `make picture` -->", f"<!-- end of {name} -->")


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    """Yield the cells of each row below the head of a table."""
    table = [line for line in lines if line.startswith("|")]
    for line in table[2:]:
        cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        yield tuple(re.sub(r"\\(.)", r"\1", cell).strip() for cell in cells)


def _drawn(
    lines: Sequence[str],
) -> tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str, str, bool], ...]]:
    nodes, arrows, group = [], [], ""
    for line in lines[1:]:
        if found := GROUP.fullmatch(line):
            group = found["label"]
        elif line.strip() == "end":
            group = ""
        elif found := ARROW.fullmatch(line):
            event = found["line"] == "-.->"
            arrows.append((found["source"], found["target"], found["label"] or "", event))
        elif found := NODE.match(line):
            nodes.append((found["id"], found["label"], group))
        else:
            raise ValueError(f"docs/architecture.md has an unknown line {line!r}")
    return tuple(nodes), tuple(arrows)


def _costs(page: str) -> Iterator[tuple[str, str, float]]:
    """Yield the fixed costs of production: what, how many at which price, and USD a month."""
    lines = page.splitlines()
    table = lines[lines.index(costs.cost().FIXED) + 2 :]
    names = [cell.strip() for cell in table[0].strip("|").split("|")]
    column = names.index(ENVIRONMENT)
    for line in table[2:]:
        if not line.startswith("|") or line.startswith("| **"):
            return
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        yield cells[0], cells[-1], float(cells[column])
