"""A setting of another type than its class declares is one line with a value that is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tap_project.mistyped import mistyped, mistyped_in


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

    def __post_init__(self) -> None:
        if self.rate_limit < 1:
            raise ValueError("rate_limit is too low")


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
        ({"production": "true"}, "production='true' is not bool; try True"),
        ({"production": "maybe"}, "production='maybe' is not bool; try True"),
        ({"rate_limit": True}, "rate_limit=True is not int; try 50"),
        ({"rate_limit": 2.5}, "rate_limit=2.5 is not int; try 50"),
        ({"email": 5}, "email=5 is not str or None; try '5'"),
        ({"email": ["a@example.com"]}, "email=['a@example.com'] is not str or None; try 'text'"),
        ({"zones": ["a", "b"]}, "zones=['a', 'b'] is not tuple; try ('a', 'b')"),
        ({"zones": "a"}, "zones='a' is not tuple; try ('a',)"),
        ({"zones": (1,)}, "zones=(1,) is not tuple; try ('text',)"),
        ({"size": 512}, "size=512 is not Size; try Size(...)"),
        ({"size": Size(memory_mib="1024")}, "memory_mib='1024' is not int; try 1024"),  # type: ignore[arg-type]  # on purpose
        ({"size": Size(share="0.25")}, "share='0.25' is not float; try 0.25"),  # type: ignore[arg-type]  # on purpose
    ],
    ids=str,
)
def test_wrong_types_are_named(given: dict[str, Any], message: str) -> None:
    assert list(mistyped(Settings(**given))) == [message]


def test_the_value_that_raised_an_exception_is_named() -> None:
    with pytest.raises(TypeError) as raised:
        Settings(rate_limit="50")  # type: ignore[arg-type]  # on purpose
    assert mistyped_in(raised.tb) == "rate_limit='50' is not int; try 50"
    with pytest.raises(ValueError, match="too low") as raised:  # type: ignore[assignment]
        Settings(rate_limit=0)
    assert mistyped_in(raised.tb) == ""


def test_other_objects_are_not_examined() -> None:
    assert not list(mistyped(object()))
