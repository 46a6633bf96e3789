"""Monthly cost that changes, by item and environment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tap_project import cost
from tap_project.changes.pairs import Pair, Unit
from tap_project.changes.report import Finding, Section


def cost_findings(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """Yield the fixed and usage costs of each environment that change, in USD of us-east-1.

    Stacks that disappear from the app are not counted: they stay in the account.
    """
    environments: dict[str, tuple[list[Unit], list[Unit]]] = defaultdict(lambda: ([], []))
    for pair in pairs:
        if pair.before:
            environments[pair.environment][0].append(pair.before)
        if pair.after:
            environments[pair.environment][1].append(pair.after)
    for name, (before, after) in environments.items():
        if after:
            yield from _changes(name, _templates(before), _templates(after))


def _templates(units: Iterable[Unit]) -> list[Mapping[str, Any]]:
    return [{"Resources": {}, **unit.template.body} for unit in units]


def _changes(
    name: str, before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]
) -> Iterator[Finding]:
    old, new = _fixed(before), _fixed(after)
    lines = []
    for item, price in cost.priced().items():
        if old[item] != new[item]:
            usd = (new[item] - old[item]) * cost.monthly(item)
            lines.append(f"{price['what']}: {old[item]} to {new[item]} ({usd:+.2f} USD)")
    if lines:
        totals = [sum(n * cost.monthly(item) for item, n in each.items()) for each in (old, new)]
        text = f"{totals[0]:.2f} to {totals[1]:.2f} USD a month; {'; '.join(lines)}"
        yield Finding(Section.COST, name, text)
    usage = cost.prices()["usage"]
    used = [{item for template in side for item in cost.used(template)} for side in (before, after)]
    for item in (each for each in usage if each in used[1] - used[0]):
        price = usage[item]
        text = f"new, by usage: {price['what']}, {cost.money(price['usd'])} USD per {price['per']}"
        yield Finding(Section.COST, name, text)
    for item in (each for each in usage if each in used[0] - used[1]):
        yield Finding(Section.COST, name, f"no longer, by usage: {usage[item]['what']}")
    unknown = [
        {kind for template in side for kind in cost.unpriced(template)} for side in (before, after)
    ]
    for kind in sorted(unknown[1] - unknown[0]):
        text = f"no price is known for {kind}; add it under [tool.tap.prices]"
        yield Finding(Section.COST, name, text)


def _fixed(templates: Iterable[Mapping[str, Any]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for template in templates:
        for line in cost.fixed(template):
            found[line.item] += line.count
    return found
