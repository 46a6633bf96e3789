"""What a set of IAM statements allows, as grants that can be compared with another set's.

Every action and resource that either set names is tried with the policy evaluator, alone and under
each condition that either set has. A grant that includes another one hides it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from tap_guardrails.policy import Statement, permits
from tap_guardrails.values import covers

Condition = tuple[tuple[str, str, tuple[str, ...]], ...]
# Requests that are tried; beyond that, only those that one statement names together.
MOST = 20_000
# Combinations of a condition's values, which are compared one by one.
COMBINATIONS = 32
CONDITIONLESS: Condition = ()


@dataclass(frozen=True, order=True)
class Grant:
    """An action that a principal may call on a resource, under a condition.

    Args:
        principal: who; '' for the role whose policy it is.
        action: a pattern, such as `s3:Get*`.
        resource: the text of an ARN or a pattern of it; '' in a trust policy.
        condition: the tests, all of which hold.
    """

    principal: str
    action: str
    resource: str
    condition: Condition = CONDITIONLESS

    def includes(self, other: Grant) -> bool:
        """Return whether this grant allows everything that another one does."""
        return (
            self.condition in {CONDITIONLESS, other.condition}
            and self.principal in {"*", other.principal}
            and covers(self.action.lower(), other.action.lower())
            and covers(self.resource, other.resource)
        )


def gained(before: Sequence[Statement], after: Sequence[Statement]) -> list[Grant]:
    """Return the widest grants that statements have after a change, and not before it."""
    old, new = _expanded(before), _expanded(after)
    found = [
        each for each in _requests(old, new) if _allowed(new, each) and not _allowed(old, each)
    ]
    return widest(found)


def widest(grants: Iterable[Grant]) -> list[Grant]:
    """Return the grants that no other one includes."""
    unique = sorted(set(grants))
    return [
        each
        for each in unique
        if not any(other != each and other.includes(each) for other in unique)
    ]


def in_words(grants: Iterable[Grant], verb: str) -> Iterator[str]:
    """Yield sentences such as `may now s3:GetObject on Bucket/*`, one for each set of resources."""
    by_place: dict[tuple[str, str, Condition], list[str]] = defaultdict(list)
    for each in _joined(grants):
        by_place[each.principal, each.resource, each.condition].append(each.action)
    places: dict[tuple[str, tuple[str, ...], Condition], list[str]] = defaultdict(list)
    for (who, resource, condition), actions in by_place.items():
        places[who, tuple(sorted(actions)), condition].append(resource)
    for (who, names, condition), resources in places.items():
        start = f"{who} {verb}".strip()
        on = f" on {', '.join(_place(each) for each in resources)}" if any(resources) else ""
        yield f"{start} {', '.join(names)}{on}{_when(condition)}".strip()


def _joined(grants: Iterable[Grant]) -> list[Grant]:
    """Return grants that differ in the value of their only test as one grant with all values."""
    values: dict[tuple[Grant, str, str], list[str]] = defaultdict(list)
    found = []
    for each in sorted(grants):
        if len(each.condition) == 1 and "Not" not in each.condition[0][0]:
            operator, key, known = each.condition[0]
            values[replace(each, condition=CONDITIONLESS), operator, key] += known
        else:
            found.append(each)
    for (each, operator, key), joined in values.items():
        found.append(replace(each, condition=((operator, key, tuple(joined)),)))
    return found


def _place(resource: str) -> str:
    return "every resource" if resource == "*" else resource


def _when(condition: Condition) -> str:
    tests = [
        f"{key} {_operator(operator)} {' or '.join(values)}" for operator, key, values in condition
    ]
    return f" if {' and '.join(tests)}" if tests else ""


WORDS = {
    "ArnEquals": "is",
    "ArnLike": "is like",
    "Bool": "is",
    "StringEquals": "is",
    "StringEqualsIgnoreCase": "is",
    "StringLike": "is like",
    "StringNotEquals": "is not",
    "StringNotLike": "is not like",
}


def _operator(operator: str) -> str:
    return WORDS.get(operator, f"({operator})")


def _expanded(statements: Sequence[Statement]) -> list[tuple[Statement, Condition]]:
    """Return statements without their condition, and the condition for one value of each test."""
    found = []
    for each in statements:
        for condition in _alternatives(each.condition):
            found.append((replace(each, condition={}), condition))
    return found


def _alternatives(tests: Mapping[str, Mapping[str, tuple[str, ...]]]) -> list[Condition]:
    """Return the conditions of which one has to hold: one for each combination of values."""
    flat = [
        (operator, key, values) for operator, keys in tests.items() for key, values in keys.items()
    ]
    choices = []
    for operator, key, values in sorted(flat):
        single = "Not" not in operator and not operator.startswith("For") and values
        choices.append(
            [(operator, key, (value,)) for value in values]
            if single
            else [(operator, key, tuple(sorted(values)))]
        )
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > COMBINATIONS:
        return [
            tuple((operator, key, tuple(sorted(values))) for operator, key, values in sorted(flat))
        ]
    return [tuple(each) for each in product(*choices)]


def _requests(*sides: list[tuple[Statement, Condition]]) -> set[Grant]:
    pairs = [pair for side in sides for pair in side]
    conditions = {CONDITIONLESS, *(condition for _, condition in pairs)}
    who = {name for each, _ in pairs for name in each.principals} or {""}
    actions = {name for each, _ in pairs for name in (*each.actions, *each.not_actions)}
    actions |= {"*" for each, _ in pairs if each.not_actions}
    places = {name for each, _ in pairs for name in (*each.resources, *each.not_resources)}
    places |= {"*" for each, _ in pairs if each.not_resources}
    places = places or {""}
    if len(who) * len(actions) * len(places) * len(conditions) <= MOST:
        return {Grant(*each) for each in product(who, actions, places, conditions)}
    return {
        Grant(name, action, place, condition)
        for each, own in pairs
        for name in each.principals or ("",)
        for action in (*each.actions, *each.not_actions, *("*" * bool(each.not_actions)))
        for place in (*each.resources, *each.not_resources, *("*" * bool(each.not_resources)))
        or ("",)
        for condition in {CONDITIONLESS, own}
    }


def _allowed(side: list[tuple[Statement, Condition]], request: Grant) -> bool:
    live = [each for each, own in side if own in {CONDITIONLESS, request.condition}]
    who = (request.principal,) if request.principal else ()
    return permits(live, request.action, (request.resource,), who)
