"""Quick checks of arguments have jsii's verdicts, and leave the rest to it."""

# ruff: noqa: UP006, UP007, UP045  the types are written as in the code that jsii generates

from __future__ import annotations

import enum
import itertools
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from jsii import _type_checking

from proof.warm_kernel import arguments


class Color(enum.Enum):
    RED = "red"


class Named(typing.Protocol):
    name: str


@typing.runtime_checkable
class Sized(typing.Protocol):
    def size(self) -> int: ...


class Options(typing.TypedDict, total=False):
    width: int


class Pair(typing.NamedTuple):
    first: int


class Box:
    name = "box"

    def size(self) -> int:
        return 1


VALUES = [
    None, "text", "", 1, 0, 1.5, True, [], ["a"], [1], ("a",), {}, {"a": 1}, {"width": 1},
    {"a": "b"}, Color.RED, Box(), Box, object(), b"bytes",
    Pair(1), Pair("a"),  # type: ignore[arg-type]  # the wrong type is tested
]  # fmt: skip
TYPES = [
    str, int, float, bool, object, dict, list, Color, Box, Named, Sized, Options, Any, None,
    type(None),
    typing.Optional[str],
    typing.Optional[typing.Union[int, Mapping[str, int]]],
    typing.Union[Color, Sequence[str]],
    typing.Optional[typing.Union[Options, typing.Dict[str, Any]]],
    typing.Optional[Sized], typing.Union[Box, Named, None],
    Sequence[str], Mapping[str, str], typing.List[int], list[str], dict[str, int],
    typing.Literal["text"], typing.Optional[typing.Literal[1]], str | None, type[Box],
    Pair, typing.Optional[Pair], tuple,
]  # fmt: skip


def verdict(check: Any, value: object, expected: Any) -> str:
    try:
        check(argname="argument", value=value, expected_type=expected)
    except Exception as error:  # typeguard fails on a text for a TypedDict
        return f"{type(error).__name__}: {error}"
    return "accepted"


def test_verdicts_are_those_of_jsii() -> None:
    jsii = _type_checking._load_typeguard_check()
    quick = arguments.quick(jsii)
    pairs = list(itertools.product(VALUES, TYPES))
    found = {
        (id(value), str(expected)): verdict(quick, value, expected) for value, expected in pairs
    }
    for value, expected in pairs:
        wanted = verdict(jsii, value, expected)
        assert found[id(value), str(expected)] == wanted, (value, expected)
        assert verdict(quick, value, expected) == wanted  # also what it knows by now
    assert "accepted" in found.values()
    assert len(set(found.values())) > len(TYPES)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, typing.Optional[Sequence[str]]), ("a", str | int), (Color.RED, Color), (3, Any)],
    ids=str,
)
def test_most_arguments_need_no_typeguard(value: object, expected: Any) -> None:
    asked: list[object] = []
    arguments.quick(lambda **given: asked.append(given))("argument", value, expected)
    assert not asked


def test_jsii_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_type_checking, "_resolved_check", None)
    arguments.install()
    with pytest.raises(TypeError, match="argument"):
        _type_checking.check_type("argument", 1, typing.Optional[str])
    installed = _type_checking._resolved_check
    assert installed is not None
    assert installed.__module__ == arguments.__name__
