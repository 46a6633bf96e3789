"""A setting of another type than its class declares is one line with a value that is right."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypedDict

import pytest

from tap_project.mistyped import mistyped, mistyped_in

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Size:
    memory_mib: int = 512
    share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Settings:
    name: str = "dev"
    production: bool = False
    email: str | None = None
    zones: tuple[str, ...] = ()
    size: Size = Size()
    rate_limit: int = 50
    arn: str = field(init=False)

    def __post_init__(self) -> None:
        if self.rate_limit < 1:
            raise ValueError("rate_limit is too low")
        object.__setattr__(self, "arn", f"arn:{self.name}")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"email": "on-call@example.com", "zones": ("a", "b"), "size": Size(share=1)},
        {"production": True, "rate_limit": 1},
    ],
    ids=str,
)
def test_right_types_are_accepted(given: dict[str, Any]) -> None:
    assert not list(mistyped(Settings(**given)))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": 5}, "name=5 is not str; try '5'"),
        ({"name": None}, "name=None is not str; try 'text'"),
        ({"production": "true"}, "production='true' is not bool; try True"),
        ({"production": "maybe"}, "production='maybe' is not bool; try True or False"),
        ({"rate_limit": True}, "rate_limit=True is not int; try 50"),
        ({"rate_limit": 2.5}, "rate_limit=2.5 is not int; try 50"),
        ({"rate_limit": 50.0}, "rate_limit=50.0 is not int; try 50"),
        ({"email": 5}, "email=5 is not str or None; try '5'"),
        ({"email": ["a@example.com"]}, "email=['a@example.com'] is not str or None; try 'text'"),
        ({"zones": ["a", "b"]}, "zones=['a', 'b'] is not tuple[str, ...]; try ('a', 'b')"),
        ({"zones": "a"}, "zones='a' is not tuple[str, ...]; try ('a',)"),
        ({"zones": (1,)}, "zones=(1,) is not tuple[str, ...]; try ('text',)"),
        ({"size": 512}, "size=512 is not Size; try Size(...)"),
        ({"size": Size(memory_mib="1024")}, "memory_mib='1024' is not int; try 1024"),  # type: ignore[arg-type]  # the wrong type is tested
        ({"size": Size(share="0.25")}, "share='0.25' is not float; try 0.25"),  # type: ignore[arg-type]  # the wrong type is tested
    ],
    ids=str,
)
def test_wrong_types_are_named(given: dict[str, Any], message: str) -> None:
    assert list(mistyped(Settings(**given))) == [message]


class Named(Protocol):
    name: str


class Options(TypedDict):
    width: int


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Any, 1),
        (dict[str, Any], {"a": 1}),
        (Named, Size()),
        (Options, {"width": 1}),
        (type[Size], Size),
        (Literal["a", "b"], "a"),
        (int | Literal["all"], "all"),
        (tuple[int, str], (1, "a")),
        (tuple[tuple[str, int], ...], (("a", 1), ("b", 2))),
        (tuple[int, ...] | tuple[str, ...], ("a",)),
        (Path, Path("a")),
        (None | int, None),
        ("int | Missing.name", 1),
        ("not a type", 1),
        ("pytest.missing", 1),
    ],
    ids=str,
)
def test_other_forms_of_types_are_accepted(kind: Any, value: object) -> None:
    made = make_dataclass("Made", [("value", kind)])
    made.__module__ = __name__
    assert not list(mistyped(made(value)))


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (tuple[int, str], (1, 2), "value=(1, 2) is not tuple[int, str]; try (50, 'text')"),
        (tuple[Size, ...], (5,), "value=(5,) is not tuple[Size, ...]; try (Size(...),)"),
        (tuple[Size, ...], (Size(share=None),), "share=None is not float; try 0.5"),  # type: ignore[arg-type]  # the wrong type is tested
        (dict[str, Size], {"a": Size(share=None)}, "share=None is not float; try 0.5"),  # type: ignore[arg-type]  # the wrong type is tested
        (None | int, "x", "value='x' is not None or int; try 50"),
        (float, "half", "value='half' is not float; try 0.5"),
        (int, "-5", "value='-5' is not int; try -5"),
    ],
    ids=str,
)
def test_wrong_values_of_other_forms_are_named(kind: Any, value: object, message: str) -> None:
    made = make_dataclass("Made", [("value", kind)])
    assert list(mistyped(made(value))) == [message]


@dataclass(frozen=True, slots=True)
class Own(Size):
    names: ClassVar[int] = 1
    given: InitVar[int] = 2
    price: Decimal | None = None
    label: str = "text"


def test_a_name_that_only_type_checkers_import_hides_no_other_setting() -> None:
    assert not list(mistyped(Own(price=1)))  # type: ignore[arg-type]  # the wrong type is tested
    wrong = Own(label=5)  # type: ignore[arg-type]  # the wrong type is tested
    assert list(mistyped(wrong)) == ["label=5 is not str; try '5'"]


def test_the_value_that_raised_an_exception_is_named() -> None:
    with pytest.raises(TypeError) as raised:
        Settings(rate_limit="50")  # type: ignore[arg-type]  # the wrong type is tested
    assert mistyped_in(raised.tb) == "rate_limit='50' is not int; try 50"
    with pytest.raises(ValueError, match="too low") as raised:  # type: ignore[assignment]  # of another exception
        Settings(rate_limit=0)
    assert mistyped_in(raised.tb) == ""


def test_other_objects_are_not_examined() -> None:
    assert not list(mistyped(object()))
