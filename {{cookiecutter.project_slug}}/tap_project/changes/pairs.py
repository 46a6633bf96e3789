"""The templates of two assemblies, side by side, with the resources that were renamed.

A template is a stack or a nested stack. Stacks are paired by name, then by their resources: a stack
that disappears while a similar one appears was renamed.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from tap_guardrails.model import PLACEHOLDER, App, Resource, Template
from tap_guardrails.values import plain_json

Body = dict[str, Any]
# Stacks that share this part of their resources are one stack that was renamed.
SIMILAR_STACKS = 0.5
# Resources other than those with data are taken for renamed only if they are this similar, between
# 0 and 2: equal properties, and similar paths.
SIMILAR_RESOURCES = 1.2
# The attributes of a resource that identify it.
ITSELF = (None, "Arn", "TopicArn")


@dataclass(frozen=True, eq=False)
class Item:
    """One resource of a template, as plain JSON with known parameters replaced."""

    resource: Resource
    unit: Unit

    @cached_property
    def body(self) -> Body:
        """The resource as it is in the template."""
        found: Body = json.loads(json.dumps(self.resource.body, default=plain_json))
        return found

    @property
    def type(self) -> str:
        """The type in the template."""
        return str(self.resource.body["Type"])

    @property
    def properties(self) -> Body:
        """The properties as they are in the template."""
        found: Body = self.body.get("Properties", {})
        return found

    @cached_property
    def path(self) -> str:
        """The construct path below the stack, or the logical id."""
        template = self.resource.template
        app = template.app
        if (template.name, self.resource.id) not in app.paths:
            return f"{self.unit.nested}{self.resource.id}"
        path = self.resource.path
        roots = [root for root in app.stacks if path.startswith(f"{root}/")]
        path = path.removeprefix(f"{min(roots, key=len, default='')}/")
        return path.removesuffix("/Resource")


@dataclass(frozen=True, eq=False)
class Unit:
    """One template.

    Args:
        stack: the name of the stack that it belongs to.
        environment: the stack's environment, or its name.
        nested: the logical ids of the nested stacks above it, each with a slash.
        template: its contents.
        region: the stack's Region, or '' if it is unknown.
        account: the stack's account, or '' if it is unknown.
    """

    stack: str
    environment: str
    nested: str
    template: Template
    region: str
    account: str

    @cached_property
    def items(self) -> dict[str, Item]:
        """The resources by logical id."""
        return {name: Item(each, self) for name, each in self.template.resources.items()}

    @property
    def shape(self) -> frozenset[tuple[str, str]]:
        """The logical ids and types of its resources."""
        return frozenset((name, each.type) for name, each in self.items.items())


@dataclass(frozen=True, eq=False)
class Pair:
    """A template before and after the change; at least one of both exists.

    Args:
        before: the former template.
        after: the new template.
        moved: whether the stack got another name, Region or account: AWS creates a new one.
        renamed: the new logical ids of renamed resources.
    """

    before: Unit | None
    after: Unit | None
    moved: bool = False
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> str:
        """The environment of the newer template."""
        unit = self.after or self.before
        return unit.environment if unit else ""

    def both(self) -> Iterator[tuple[Item, Item]]:
        """Yield the resources that exist before and after, renamed ones included."""
        if self.before and self.after:
            for name, old in self.before.items.items():
                new = self.after.items.get(self.renamed.get(name, name))
                if new is not None:
                    yield old, new

    def gone(self) -> Iterator[Item]:
        """Yield the resources that are deleted and not renamed."""
        if self.before:
            kept = self.after.items if self.after else {}
            for name, old in self.before.items.items():
                if self.renamed.get(name, name) not in kept:
                    yield old

    def added(self) -> Iterator[Item]:
        """Yield the resources that are new and not renamed."""
        if self.after:
            former = {*(self.before.items if self.before else ())}
            known = (former - self.renamed.keys()) | {*self.renamed.values()}
            yield from (new for name, new in self.after.items.items() if name not in known)

    def adapted(self, text: str) -> str:
        """Return a text of the former template with the names of the new one.

        References are written as in `Template.text`.
        """
        if self.before is None or self.after is None:
            return text
        old, new = self.before.template.name, self.after.template.name
        for former, name in self.renamed.items():
            for end in ("}", "."):
                text = text.replace(f"${{{old}/{former}{end}", f"${{{old}/{name}{end}")
        if old != new:
            text = text.replace(f"${{{old}/", f"${{{new}/")
        if self.before.stack != self.after.stack:
            text = text.replace(self.before.stack, self.after.stack)
        return text

    def words(self, text: str) -> str:
        """Return a text of the new template, or an adapted one, with paths for references."""

        def path(match: re.Match[str]) -> str:
            template, _, name = match.group(1).partition("/")
            for unit in (self.after, self.before):
                here = self.after is None or template == self.after.template.name
                if unit is not None and here and name in unit.items:
                    attribute = match.group(2)
                    found = unit.items[name].path
                    return found if attribute in ITSELF else f"{found}.{attribute}"
            return match.group()

        text = PLACEHOLDER.sub(path, text)
        unit = self.after or self.before
        return unit.template.app.readable(text) if unit else text


def units(app: App) -> list[Unit]:
    """Return the readable templates of an assembly."""
    children = {id(child) for each in app.templates for child in each.nested.values()}
    roots = [each for each in app.templates if id(each) not in children]
    names = Counter(each.pseudo["AWS::StackName"] for each in roots)
    found: list[Unit] = []
    for root in roots:
        stack, region = root.pseudo["AWS::StackName"], root.pseudo.get("AWS::Region", "")
        account = root.pseudo.get("AWS::AccountId", "")
        if names[stack] > 1:  # the same stack in several Regions or accounts
            stack = f"{stack} ({' '.join(filter(None, (account, region)))})"
        environment = root.tags.get("Environment") or stack
        waiting = [("", root)]
        while waiting:
            nested, template = waiting.pop()
            found.append(Unit(stack, environment, nested, template, region, account))
            waiting += [(f"{nested}{name}/", each) for name, each in template.nested.items()]
    return found


def pairs(before: App, after: App, holds_data: Collection[str]) -> list[Pair]:
    """Return the templates of two assemblies side by side.

    Args:
        before: the former assembly.
        after: the new assembly.
        holds_data: the types of which a deleted and an added resource always count as renamed.
    """
    old = {(each.stack, each.nested): each for each in units(before)}
    new = {(each.stack, each.nested): each for each in units(after)}
    stacks = _renamed_stacks(old, new)
    found = []
    for (stack, nested), former in old.items():
        key = (stacks.get(stack, stack), nested)
        found.append(_pair(former, new.pop(key, None), holds_data))
    return [*found, *(Pair(None, each) for each in new.values())]


def _renamed_stacks(
    old: Mapping[tuple[str, str], Unit], new: Mapping[tuple[str, str], Unit]
) -> dict[str, str]:
    gone = [each for (stack, nested), each in old.items() if not nested and (stack, "") not in new]
    added = [each for (stack, nested), each in new.items() if not nested and (stack, "") not in old]
    found: dict[str, str] = {}
    scores = [(_alike(first, second), first, second) for first in gone for second in added]
    for score, first, second in sorted(scores, key=lambda each: -each[0]):
        taken = first.stack in found or second.stack in found.values()
        if score >= SIMILAR_STACKS and not taken:
            found[first.stack] = second.stack
    return found


def _alike(first: Unit, second: Unit) -> float:
    """Return the shared part of two stacks' resources; more for the same environment."""
    every = first.shape | second.shape
    shared = len(first.shape & second.shape) / len(every) if every else 0.0
    return shared + (first.environment == second.environment)


def _pair(old: Unit, new: Unit | None, holds_data: Collection[str]) -> Pair:
    if new is None:
        return Pair(old, None)
    elsewhere = any(
        first and second and first != second
        for first, second in ((old.region, new.region), (old.account, new.account))
    )
    moved = elsewhere or old.stack != new.stack
    return Pair(old, new, moved, renamed_resources(old, new, holds_data))


def renamed_resources(old: Unit, new: Unit, holds_data: Collection[str]) -> dict[str, str]:
    """Return the new logical ids of resources that were renamed, the most similar ones first."""
    added: dict[str, list[Item]] = defaultdict(list)
    for name, each in new.items.items():
        if name not in old.items:
            added[each.type].append(each)
    scores = []
    for name, former in old.items.items():
        for candidate in added[former.type] if name not in new.items else ():
            score = similarity(former, candidate)
            if score >= SIMILAR_RESOURCES or former.type in holds_data:
                scores.append((-score, name, candidate.resource.id))
    found: dict[str, str] = {}
    for _, name, other in sorted(scores):
        if name not in found and other not in found.values():
            found[name] = other
    return found


def similarity(first: Item, second: Item) -> float:
    """Return how similar two resources are: equal properties (0 to 1) plus paths (0 to 1)."""
    names = {*first.properties, *second.properties}
    equal = sum(first.properties.get(name) == second.properties.get(name) for name in names)
    paths = SequenceMatcher(None, first.path, second.path, autojunk=False).ratio()
    return (equal / len(names) if names else 1.0) + paths
