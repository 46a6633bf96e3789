"""The data of the page: facts once, and for each variant the sets of facts that it has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_extensions import answers
from proof import variants
from proof.variants import Variant
from tools.explorer import pages

TEMPLATE = Path(__file__).with_name("page.html")
PLACE = "/*DATA*/null"
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
# What a variant has sets of, in the order of its numbers; the last one is from the matrix.
FACTS = ("nodes", "arrows", "permissions", "alarms", "costs", "types")
PROVEN, FAILED, UNKNOWN = 1, 0, -1

Json = dict[str, Any]


@dataclass
class Pool:
    """Values without repetition, and their numbers."""

    values: list[Any] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, value: Any) -> int:
        """Return the number of a value, which is added if it is new."""
        key = json.dumps(value)
        if key not in self.numbers:
            self.numbers[key] = len(self.values)
            self.values.append(value)
        return self.numbers[key]


def options() -> dict[str, list[Any]]:
    """Return the values of each question of the page, the default first."""
    return variants.infrastructure_options(answers.asked())


def key(variant: Variant) -> str:
    """Return the positions of a variant's answers among the options, as digits."""
    given = dict(variant.infrastructure)
    return "".join(str(values.index(given[name])) for name, values in options().items())


def joined(
    product: Iterable[Variant],
    run: Mapping[str, Any] | None,
    changes: Mapping[str, Any],
    former: Json | None = None,
) -> Json:
    """Return the data of a page.

    Args:
        product: the variants.
        run: the content of matrix.json; None: the results of the former page are kept.
        changes: what `tools.explorer.changes` measured.
        former: the data of the former page.
    """
    facts = {name: Pool() for name in FACTS}
    sets = {name: Pool() for name in FACTS}
    rows = {row["id"]: row for row in (run or {}).get("rows", ())}
    found: dict[str, list[int]] = {}
    for variant in product:
        page = pages.of_variant(dict(variant.infrastructure))
        own: dict[str, Sequence[Any]] = {name: getattr(page, name) for name in FACTS[:-1]}
        verdict, own["types"] = _result(variant, rows, run, former)
        numbers = []
        for name in FACTS:
            listed = [facts[name].number(each) for each in own[name]]
            numbers.append(sets[name].number(listed))
        found[key(variant)] = [*numbers, verdict]
    kept = (former or {}).get("run", {})
    return {
        "run": _run(run) if run else kept,
        "options": options(),
        "shared": {name: value for name, value in pages.SHARED.items() if name != "verify"},
        "facts": {name: pool.values for name, pool in facts.items()},
        "sets": {name: pool.values for name, pool in sets.items()},
        "variants": found,
        "changes": changes,
    }


def _run(run: Mapping[str, Any]) -> Json:
    return {
        "ended": run["machine"]["ended"][:10],
        "variants": run["variants"],
        "proven": run["proven"],
        "aws-cdk-lib": run["machine"].get("aws-cdk-lib", ""),
    }


def _result(
    variant: Variant, rows: Mapping[str, Any], run: Mapping[str, Any] | None, former: Json | None
) -> tuple[int, list[list[Any]]]:
    """Return the verdict on a variant, and its resources of production by type."""
    if run is not None:
        row = rows.get(variant.id)
        if row is None:
            return UNKNOWN, []
        verdict = PROVEN if row["verdict"] == "proven" else FAILED
        return verdict, [[kind, count] for kind, count in row["production"].items()]
    if former is not None and key(variant) in former["variants"]:
        *_, types, verdict = former["variants"][key(variant)]
        listed = former["sets"]["types"][types]
        return verdict, [former["facts"]["types"][number] for number in listed]
    return UNKNOWN, []


def facts_of(data: Json, variant: Variant) -> dict[str, list[Any]]:
    """Return the facts of one variant from the data of a page.

    Raises:
        KeyError: the page has no such variant.
    """
    numbers = data["variants"][key(variant)]
    return {
        name: [data["facts"][name][each] for each in data["sets"][name][number]]
        for name, number in zip(FACTS, numbers, strict=False)
    }


def page(data: Json) -> str:
    """Return a self-contained page with this data.

    Raises:
        ValueError: the template has no place for it, or several.
    """
    text = TEMPLATE.read_text(encoding="utf-8")
    if text.count(PLACE) != 1:
        raise ValueError(f"{TEMPLATE.name} has {text.count(PLACE)} places for the data, not 1")
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # A script ends at the first </script>, even in a string.
    return text.replace(PLACE, written.replace("<", "\\u003c"))


def of_page(text: str) -> Json:
    """Return the data of a page.

    Raises:
        ValueError: it has none.
    """
    found = DATA.search(text)
    if found is None:
        raise ValueError("the page has no data; try: make explorer")
    read: Json = json.loads(found[1])
    return read
