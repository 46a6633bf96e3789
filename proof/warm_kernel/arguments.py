"""Check the arguments of CDK calls faster than jsii, with the same verdicts.

jsii lets typeguard check each argument of each call, 6,400 of a variant, most of which are optional
and not given. What an `isinstance` accepts needs no typeguard; all else gets it, and its error.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import Any


def install() -> None:
    """Let jsii check arguments like that; without effect on a jsii that has other functions."""
    from jsii import _type_checking as jsii

    if hasattr(jsii, "_resolve_check"):
        jsii._resolved_check = quick(jsii._resolve_check())


def quick(check: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that asks jsii's only about what it does not accept at once."""

    def checked(argname: str, value: object, expected_type: Any) -> Any:
        known = accepted.get(id(expected_type))
        if known is None:
            # The type is kept, so that no other gets its ID.
            known = accepted[id(expected_type)] = (classes(expected_type), expected_type)
        if isinstance(value, known[0]):
            return None
        return check(argname=argname, value=value, expected_type=expected_type)

    accepted: dict[int, tuple[tuple[type, ...], Any]] = {}
    return checked


def classes(expected: Any) -> tuple[type, ...]:
    """Return the classes whose instances fit a type: its own, or those in a union.

    Protocols, and dictionaries, tuples and collections with a type of their items, need more.
    """
    if expected is Any:
        return (object,)
    if typing.get_origin(expected) in (typing.Union, types.UnionType):
        return tuple(kind for part in typing.get_args(expected) for kind in classes(part))
    is_class = isinstance(expected, type) and typing.get_origin(expected) is None
    if not is_class or getattr(expected, "_is_protocol", False):
        return ()
    named = typing.is_typeddict(expected) or issubclass(expected, tuple)
    return () if named else (expected,)
