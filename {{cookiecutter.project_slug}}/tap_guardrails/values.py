"""Values of a CloudFormation template: literals, and intrinsic functions as objects.

A rule that treats an intrinsic function as a literal raises NotJudged, with the function in the
message. Only `Template.text` reads its contents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from tap_guardrails.model import Resource

NO_VALUE = {"Ref": "AWS::NoValue"}
# Functions whose result only CloudFormation knows.
UNDECIDED = frozenset({"Fn::If", "Fn::Transform"})


class NotJudged(Exception):
    """A rule can't judge a resource, because only CloudFormation knows a value.

    Args:
        reason: the value that is unknown.
        subject: what is unknown, if it is not the resource that the rule judges. Rules that meet
            the same unknown subject produce one note.
    """

    def __init__(self, reason: str, subject: Resource | str | None = None) -> None:
        super().__init__(reason)
        self.subject = subject


class MissingHandler(NotJudged):
    """The handler is missing from the code of its function. TAP309 reports it."""


class Intrinsic:
    """An intrinsic function, such as a Ref. Each use as a literal raises NotJudged."""

    __slots__ = ("argument", "kind")

    def __init__(self, kind: str, argument: Any) -> None:
        self.kind = kind
        self.argument = argument

    @property
    def is_undecided(self) -> bool:
        """Whether only CloudFormation knows the result, as for Fn::If."""
        return self.kind in UNDECIDED

    def judge(self, *_: object) -> NoReturn:
        """Raise NotJudged."""
        raise NotJudged(f"{shown(self)} is decided by CloudFormation; write the value in the app")

    def __bool__(self) -> bool:
        return not self.is_undecided or self.judge()

    def __repr__(self) -> str:
        return shown(self)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self.judge()

    __contains__ = __eq__ = __getitem__ = __hash__ = judge
    __iter__ = __len__ = __lt__ = __le__ = __gt__ = __ge__ = judge
    __add__ = __radd__ = __mul__ = __rmul__ = __mod__ = __int__ = __float__ = judge


class Properties(dict[str, Any]):
    """An object of a template. A key that is missing raises NotJudged."""

    def __missing__(self, key: str) -> NoReturn:
        raise NotJudged(f"{shown(self)} has no {key!r}")


def plain_json(value: object) -> object:
    """Return an intrinsic function as it is written in a template; a `default` of json.dumps."""
    return {value.kind: value.argument} if isinstance(value, Intrinsic) else repr(value)


def shown(value: object) -> str:
    """Return the start of a value for a message."""
    return json.dumps(value, default=plain_json)[:80]


def is_intrinsic(value: Any) -> bool:
    """Return whether a value of a template, as it is written, is an intrinsic function."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (kind,) = value
    return isinstance(kind, str) and (kind == "Ref" or kind.startswith("Fn::"))


def walk(value: Any) -> Iterator[Any]:
    """Yield a value and everything in it, including the arguments of intrinsic functions."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Intrinsic):
            waiting.append(each.argument)
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def as_list(value: Any) -> list[Any]:
    """Return a policy's string or list, or an optional CloudFormation property, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


@cache
def glob(pattern: str) -> re.Pattern[str]:
    """Return an IAM pattern as a regular expression."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def covers(pattern: str, text: str) -> bool:
    """Return whether an IAM pattern (* and ?) matches a text."""
    if pattern == text or pattern == "*":
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    return glob(pattern).fullmatch(text) is not None
