"""A breakage of a good template, and the edits that breakages consist of.

A breakage selects resources by type and properties, and never by name, so that it applies to any
template. An edit that changes nothing raises NothingChangedError.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Test = Callable[[Json], bool]
REMOVED = object()
"""The value that removes a property."""

SUBJECTS: dict[str, str] = {
    "stranger": "a stranger may enter",
    "key": "the declared key is not used",
    "disagree": "infrastructure and handlers disagree",
    "arrival": "events never arrive",
    "denied": "denied on the other side",
    "data": "data and forensics",
    "alarm": "an alarm that can't fire",
    "limit": "limits without meaning",
    "sign-in": "open sign-in",
    "variable": "switches in environment variables",
    "other": "noticed by other judges only, once",
    "known": "noticed by guardrails from the start",
}


class NothingChangedError(ValueError):
    """A breakage does not change the template."""


class Draft:
    """A template that is being broken."""

    def __init__(self, template: Json) -> None:
        self.template = copy.deepcopy(template)

    @property
    def resources(self) -> dict[str, Json]:
        """All resources by logical id."""
        found: dict[str, Json] = self.template["Resources"]
        return found

    def find(self, kind: str, where: Test | None = None) -> Iterator[tuple[str, Json]]:
        """Yield the logical id and body of each resource of a type."""
        for logical_id, body in list(self.resources.items()):
            if body["Type"] == kind and (where is None or where(body.setdefault("Properties", {}))):
                yield logical_id, body

    def first(self, kind: str, where: Test | None = None) -> tuple[str, Json]:
        """Return the first resource of a type.

        Raises:
            NothingChangedError: there is none.
        """
        for found in self.find(kind, where):
            return found
        raise NothingChangedError(f"no {kind} to break")

    def edit(self, kind: str, path: str, value: Any, where: Test | None = None) -> None:
        """Set or remove a property of the first resource of a type that matches."""
        _, body = self.first(kind, where)
        assign(body["Properties"], path, value)

    def edit_all(self, kind: str, path: str, value: Any, where: Test | None = None) -> None:
        """Set or remove a property of all resources of a type that match."""
        self.first(kind, where)
        for _, body in self.find(kind, where):
            assign(body["Properties"], path, value)

    def remove(self, logical_id: str) -> None:
        """Remove a resource, with its outputs and the DependsOn of others."""
        del self.resources[logical_id]
        for body in self.resources.values():
            depends = body.get("DependsOn")
            if isinstance(depends, list):
                body["DependsOn"] = [each for each in depends if each != logical_id]
            elif depends == logical_id:
                del body["DependsOn"]
        outputs = self.template.get("Outputs", {})
        for name in [name for name, each in outputs.items() if mentions(each, logical_id)]:
            del outputs[name]

    def allow(self, kind: str, statement: Json, where: Test | None = None) -> None:
        """Add a statement to the first policy resource of a type."""
        _, body = self.first(kind, where)
        name = "KeyPolicy" if kind == "AWS::KMS::Key" else "PolicyDocument"
        body["Properties"][name]["Statement"].append(statement)


def assign(properties: Json, path: str, value: Any) -> None:
    """Set or remove the value at a dotted path; numbers are positions in a list.

    Raises:
        NothingChangedError: the value to remove is absent, or the value is set already.
    """
    place: Any = properties
    *parents, last = (int(s) if s.isdecimal() else s for s in path.split("."))
    for step in parents:
        if isinstance(place, dict) and step not in place:
            place[step] = {}
        place = place[step]
    known = last in place if isinstance(place, dict) else True
    if value is REMOVED:
        if not known:
            raise NothingChangedError(f"{path} is absent")
        del place[last]
    else:
        if known and place[last] == value:
            raise NothingChangedError(f"{path} is {value!r} already")
        place[last] = value


def mentions(value: Any, logical_id: str) -> bool:
    """Return whether a value refers to a resource."""
    if isinstance(value, dict):
        if value.get("Ref") == logical_id:
            return True
        got = value.get("Fn::GetAtt")
        if isinstance(got, list) and got[0] == logical_id:
            return True
        return any(mentions(each, logical_id) for each in value.values())
    if isinstance(value, list):
        return any(mentions(each, logical_id) for each in value)
    return False


@dataclass(frozen=True)
class Breakage:
    """One breakage.

    Args:
        id: a unique name, whose first word is a key of SUBJECTS.
        text: a sentence that describes it.
        change: breaks a draft.
        variant: a key of VARIANTS in `good.py`.
    """

    id: str
    text: str
    change: Callable[[Draft], None]
    variant: str = "default"

    @property
    def kind(self) -> str:
        """The subject, a key of SUBJECTS."""
        return next(each for each in SUBJECTS if self.id.startswith(f"{each}-"))

    def apply(self, template: Json) -> Json:
        """Return the broken template.

        Raises:
            NothingChangedError: the template has nothing to break.
        """
        draft = Draft(template)
        self.change(draft)
        if draft.template == template:
            raise NothingChangedError(self.id)
        return draft.template


def setting(
    name: str,
    text: str,
    kind: str,
    path: str,
    value: Any,
    *,
    where: Test | None = None,
    every: bool = False,
    variant: str = "default",
) -> Breakage:
    """Return a breakage that sets or removes one property."""

    def change(draft: Draft) -> None:
        (draft.edit_all if every else draft.edit)(kind, path, value, where)

    return Breakage(name, text, change, variant)


def removal(
    name: str, text: str, kind: str, where: Test | None = None, variant: str = "default"
) -> Breakage:
    """Return a breakage that removes the first resource of a type that matches."""

    def change(draft: Draft) -> None:
        draft.remove(draft.first(kind, where)[0])

    return Breakage(name, text, change, variant)


def has(path: str, value: Any = None) -> Test:
    """Return a test whether the value at a dotted path is present, or contains a value as text."""

    def test(properties: Json) -> bool:
        place: Any = properties
        for step in path.split("."):
            if isinstance(place, list) and step.isdecimal() and int(step) < len(place):
                place = place[int(step)]
            elif isinstance(place, dict) and step in place:
                place = place[step]
            else:
                return False
        return value is None or (
            place == value if not isinstance(value, str) else value in str(place)
        )

    return test


def lacks(path: str) -> Test:
    """Return a test whether nothing is at a dotted path."""
    return lambda properties: not has(path)(properties)


def both(*tests: Test) -> Test:
    """Return a test that combines tests."""
    return lambda properties: all(test(properties) for test in tests)
