"""Stacks that appear, disappear, or get another name, Region or account.

AWS knows a stack by its name and place: under another one, a new stack is created, and the old one
stays, with its data, until it is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tap_project import cost
from tap_project.changes.data import holds_data
from tap_project.changes.pairs import Pair, Unit
from tap_project.changes.report import Finding, Section
from tap_project.changes.specification import Specification


def stack_findings(pairs: Sequence[Pair], spec: Specification) -> Iterator[Finding]:
    """Yield what happens to the stacks that are not updated in place."""
    for pair in pairs:
        old, new = pair.before, pair.after
        if old is not None and not old.nested and is_left(pair):
            left = [each.before for each in pairs if each.before and each.before.stack == old.stack]
            name = old.environment
            text = f"{_move(old, new)}. {_left(left, spec)}"
            if new is None:
                text += f". To delete it, before this is merged: make destroy ENV={name}"
            yield Finding(Section.ENVIRONMENTS, name, text, fails=True, key=name)
        elif old is None and new is not None and not new.nested:
            added = [each.after for each in pairs if each.after and each.after.stack == new.stack]
            text = f"{new.stack} is a new stack with {_size(added)}"
            yield Finding(Section.ENVIRONMENTS, new.environment, text)


def is_left(pair: Pair) -> bool:
    """Return whether AWS keeps the former stack of a pair as it is."""
    return pair.moved or pair.after is None


def _move(old: Unit, new: Unit | None) -> str:
    if new is None:
        return f"{old.stack} leaves the app"
    if old.environment != new.environment:
        what = f"the environment is renamed to {new.environment}: {new.stack}"
    elif old.stack != new.stack:
        what = f"{old.stack} is renamed: {new.stack}"
    else:
        places = [f"{each.account} {each.region}".strip() for each in (old, new)]
        what = f"{old.stack} moves from {places[0]} to {places[1]}: a new stack"
    return f"{what} is created, without data"


def _left(units: Sequence[Unit], spec: Specification) -> str:
    data = sorted(
        item.path for unit in units for item in unit.items.values() if holds_data(item, spec)
    )
    kept = f", and data in {', '.join(data)}" if data else ""
    return f"{units[0].stack} stays in the account, without code, with {_size(units)}{kept}"


def _size(units: Sequence[Unit]) -> str:
    resources = sum(len(unit.items) for unit in units)
    bodies = [{"Resources": {}, **unit.template.body} for unit in units]
    usd = sum(line.usd for body in bodies for line in cost.fixed(body))
    return f"{resources} resources ({usd:.2f} USD a month)"
