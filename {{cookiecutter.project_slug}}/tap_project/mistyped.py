"""Settings whose values have another type than their class declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import NoneType, TracebackType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

# A value of each type, as an example.
EXAMPLES = {bool: "True", float: "0.5", int: "50", str: "'text'", tuple: "('text',)"}


def mistyped(settings: Any) -> Iterator[str]:
    """Yield each wrong value of a dataclass and of those in it, and a right one."""
    if not is_dataclass(settings):
        return
    try:
        kinds = get_type_hints(type(settings))
    except NameError:  # a name that only type checkers import
        return
    for field in fields(settings):
        value, kind = getattr(settings, field.name, None), kinds[field.name]
        if not _fits(value, kind):
            yield f"{field.name}={value!r} is not {_words(kind)}; try {_instead(value, kind)}"
        else:
            yield from mistyped(value)


def mistyped_in(trace: TracebackType | None) -> str:
    """Return the wrong value of the settings that raised an exception, or '' if there is none."""
    found = ""
    while trace is not None:
        settings = trace.tb_frame.f_locals.get("self")
        found = found or next(mistyped(settings), "")
        trace = trace.tb_next
    return found


def _choices(kind: Any) -> list[Any]:
    return list(get_args(kind)) if get_origin(kind) in (Union, UnionType) else [kind]


def _fits(value: Any, kind: Any) -> bool:
    """Return whether a value has a type; forms that settings don't use are taken to fit."""
    for each in _choices(kind):
        base = get_origin(each) or each
        if not isinstance(base, type):
            return True
        number = base in (int, float) and isinstance(value, bool)  # True is an int
        whole = base is float and isinstance(value, int)
        if (isinstance(value, base) or whole) and not number:
            items = get_args(each) if base is tuple else ()
            return not items or all(_fits(item, items[0]) for item in value)
    return False


def _words(kind: Any) -> str:
    """Return a type in Python's words, such as `int` or `str or None`."""
    names = (getattr(each, "__name__", str(each)) for each in _choices(kind))
    return " or ".join("None" if name == NoneType.__name__ else name for name in names)


def _instead(value: Any, kind: Any) -> str:
    """Return the value in the right type if it can be meant, or an example."""
    bases = [get_origin(each) or each for each in _choices(kind)]
    if isinstance(value, list) and tuple in bases and _fits(tuple(value), kind):
        return repr(tuple(value))
    if str in bases and not isinstance(value, list | tuple | dict):
        return repr(str(value))
    if isinstance(value, str) and tuple in bases:
        return repr((value,))
    text = str(value).strip()
    for base in bases:
        if base is bool and text.lower() in ("true", "false"):
            return text.capitalize()
        if base in (int, float) and text.replace(".", "", base is float).isdigit():
            return text
    first = bases[0]
    return EXAMPLES.get(first, f"{getattr(first, '__name__', first)}(...)")
