"""The changes of mutants.toml: faults, faults that a tool refuses early, and careful changes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Edit = tuple[str, str, str]  # file, old text in which … stands for anything, new text
TABLE = Path(__file__).with_name("mutants.toml")
STACK, LAST, FIRST = "infra/stack.py", "        self._outputs()\n", "import aws_cdk as cdk\n"


@dataclass(frozen=True)
class Change:
    """A change of a project's source, and what the guardrails should say to it.

    Args:
        name: what somebody did.
        variant: the answers of a project that has the feature.
        edits: how the source changes.
        rule: the guardrail that refuses it; empty: none should.
        construct: part of the path, or of the file's name, that its report must have.
        also: guardrails that rightly cry as well, because the fault brings another one.
        heal: edits of the faulty source that do what the fix says; none: the edits are taken back.
        advice: why the fix is advice and not code.
        variation: another mutant of the rule shows that the fix heals.
    """

    name: str
    variant: str
    edits: tuple[Edit, ...]
    rule: str = ""
    construct: str = ""
    also: frozenset[str] = frozenset()
    heal: tuple[Edit, ...] = ()
    advice: str = ""
    variation: bool = False


@cache
def table() -> dict[str, Any]:
    """The contents of mutants.toml."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def mutants() -> list[Change]:
    """The faults."""
    return [
        Change(
            name=each["fault"],
            variant=each.get("variant", "default"),
            edits=tuple(_edits(each)),
            rule=each["rule"],
            construct=each["construct"],
            also=frozenset(each.get("also", ())),
            heal=tuple(_edits({"edit": each.get("heal", ())})),
            advice=each.get("advice", ""),
            variation=kind == "variation",
        )
        for kind in ("mutant", "variation")
        for each in table()[kind]
    ]


def refused_early() -> list[Change]:
    """Faults that a tool refuses before any guardrail sees a template."""
    return [
        Change(each["fault"], "default", tuple(_edits(each)), each["tool"], each["says"])
        for each in table()["early"]
    ]


def legitimate() -> list[Change]:
    """Changes that a careful person makes."""
    return [
        Change(each["change"], each.get("variant", "default"), tuple(_edits(each)))
        for each in table()["legitimate"]
    ]


def _edits(entry: Mapping[str, Any]) -> Iterator[Edit]:
    for edit in entry.get("edit", ()):
        yield edit["file"], edit.get("old", ""), edit.get("new", "")
    if "paste" in entry:
        lines = entry["paste"].splitlines(keepends=True)
        yield STACK, LAST, "".join(f"        {line}" for line in lines) + LAST
    if "imports" in entry:
        yield STACK, FIRST, FIRST + entry["imports"]
