"""Settings whose values have another type than their class declares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import EllipsisType, NoneType, TracebackType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

# A value of each type, as an example.
EXAMPLES = {bool: "True or False", float: "0.5", int: "50", str: "'text'", tuple: "('text',)"}


def mistyped(settings: Any) -> Iterator[str]:
    """Yield each wrong value of a dataclass and of those in it, and a right one."""
    if isinstance(settings, dict | list | tuple):
        for each in settings.values() if isinstance(settings, dict) else settings:
            yield from mistyped(each)
        return
    if not is_dataclass(settings) or isinstance(settings, type):
        return
    kinds = _kinds(type(settings))
    for field in fields(settings):
        if not hasattr(settings, field.name):
            continue  # an exception came first
        value, kind = getattr(settings, field.name), kinds.get(field.name, Any)
        if _fits(value, kind):
            yield from mistyped(value)
        else:
            yield f"{field.name}={value!r} is not {_words(kind)}; try {_instead(value, kind)}"


def mistyped_in(trace: TracebackType | None) -> str:
    """Return the wrong value of the settings that raised an exception, or '' if there is none."""
    found = ""
    while trace is not None:
        settings = trace.tb_frame.f_locals.get("self")
        found = found or next(mistyped(settings), "")
        trace = trace.tb_next
    return found


def _kinds(settings: type) -> dict[str, Any]:
    """Return the types of the fields of a class, or {} if they can't be read."""
    unknown: dict[str, Any] = {}  # names that only type checkers import
    while True:
        try:
            return get_type_hints(settings, localns=unknown)
        except NameError as error:
            if not error.name or error.name in unknown:
                return {}
            unknown[error.name] = Any
        except (AttributeError, SyntaxError, TypeError):
            return {}


def _choices(kind: Any) -> list[Any]:
    return list(get_args(kind)) if get_origin(kind) in (Union, UnionType) else [kind]


def _fits(value: Any, kind: Any) -> bool:
    """Return whether a value has a type; forms that settings don't use are taken to fit."""
    return any(_is(value, each) for each in _choices(kind))


def _is(value: Any, kind: Any) -> bool:
    base, items = get_origin(kind) or kind, get_args(kind)
    if base is Any or not isinstance(base, type):
        return True
    if base in (int, float) and isinstance(value, bool):  # True is an int
        return False
    accepted: Any = (int, float) if base is float else base
    try:
        if not isinstance(value, accepted):
            return False
    except TypeError:  # a protocol
        return True
    if base is not tuple or not items:
        return True
    if items[-1] is ...:
        items = items[:1] * len(value)
    return len(items) == len(value) and all(_fits(*each) for each in zip(value, items, strict=True))


def _words(kind: Any) -> str:
    """Return a type in Python's words, such as `int` or `str or None`."""
    return " or ".join(map(_word, _choices(kind)))


def _word(kind: Any) -> str:
    if kind in (NoneType, ...):
        return "None" if kind is NoneType else "..."
    items = ", ".join(map(_words, get_args(kind)))
    name = getattr(get_origin(kind) or kind, "__name__", str(kind))
    return f"{name}[{items}]" if items else str(name)


def _instead(value: Any, kind: Any) -> str:
    """Return the value in the right type if it can be meant, or an example."""
    bases = [get_origin(each) or each for each in _choices(kind)]
    if tuple in bases:
        for meant in (tuple(value) if isinstance(value, list) else (), (value,)):
            if meant and _fits(meant, kind):
                return repr(meant)
    if str in bases and isinstance(value, int | float | Path):
        return repr(str(value))
    for base in bases:
        if base is bool and str(value).strip().lower() in ("true", "false"):
            return str(value).strip().capitalize()
        if base in (int, float) and isinstance(value, str | float):
            with suppress(OverflowError, ValueError):
                number = base(value)
                if isinstance(value, str) or number == value:
                    return repr(number)
    return _example(kind)


def _example(kind: Any) -> str:
    first = next((each for each in _choices(kind) if each is not NoneType), kind)
    base = get_origin(first) or first
    items = [each for each in get_args(first) if not isinstance(each, EllipsisType)]
    if base is tuple and items:
        return f"({', '.join(map(_example, items))}{',' * (len(items) == 1)})"
    return EXAMPLES.get(base, f"{getattr(base, '__name__', base)}(...)")
