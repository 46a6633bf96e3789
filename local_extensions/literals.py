"""Filters that turn answers into source text.

Each literal evaluates to exactly the answer, in the style of the rendered project's formatters, so
that formatting a new project changes nothing.
"""

from __future__ import annotations

import json
import re

from local_extensions.answers import PARTITIONS, PRODUCTION

# https://yaml.org/type/bool.html and https://yaml.org/type/null.html, those that are kebab-case.
YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def python_string(value: str) -> str:
    """Return a Python literal as `ruff format` leaves it.

    Double quotes, unless single ones save escapes.
    """
    quote = "'" if value.count('"') > value.count("'") else '"'
    escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"{quote}{_escaped(escaped)}{quote}"


def python_optional(value: str) -> str:
    """Return a Python literal like `python_string`, and `None` for an empty text."""
    return python_string(value) if value else "None"


def json_string(value: str) -> str:
    """Return a JSON string without escapes for letters of any script."""
    return _escaped(json.dumps(value, ensure_ascii=False))


def toml_string(value: str) -> str:
    """Return a TOML basic string; JSON's escapes are all valid there."""
    return json_string(value)


def yaml_string(value: str) -> str:
    """Return a double-quoted YAML scalar, so that no answer becomes a number or a comment."""
    return json_string(value)


def yaml_name(value: str) -> str:
    """Return an environment's name as a YAML scalar, quoted where YAML 1.1 reads another value."""
    return yaml_string(value) if value in YAML_WORDS else value


def markdown_text(value: str) -> str:
    """Return Markdown that shows the answer literally, anywhere on a line."""
    escaped = re.sub(r"([\\`*\[\]<>|~$])", r"\\\1", value)
    escaped = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", escaped)
    escaped = re.sub(r"&(?=#?\w+;)", r"\\&", escaped)
    escaped = re.sub(r"^([#+=-])|(#)$", r"\\\1\2", escaped)
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", escaped)


def environment_names(value: str) -> list[str]:
    """Return the environments in the order in which they were given."""
    return [name.strip() for name in value.split(",")]


def is_production(name: str) -> bool:
    """Return whether an environment retains its data and needs an approval."""
    return PRODUCTION.fullmatch(name) is not None


def partition(region: str) -> str:
    """Return the AWS partition of a region that the rules accept."""
    return PARTITIONS[region]


def money(usd: float) -> str:
    """Return a price with two decimals, or as many as it has."""
    return f"{usd:.2f}" if round(usd, 2) == usd else f"{usd:.10f}".rstrip("0")


FILTERS = (
    python_optional,
    python_string,
    json_string,
    toml_string,
    yaml_string,
    yaml_name,
    markdown_text,
    environment_names,
    is_production,
    partition,
    money,
)


def _escaped(value: str) -> str:
    """Replace unprintable characters with escapes that Python, JSON, TOML and YAML share.

    json.dumps has added its own escapes, but not for DEL and other control characters.
    """
    return "".join(c if c.isprintable() else _escape(c) for c in value)


def _escape(character: str) -> str:
    if ord(character) > 0xFFFF:
        # JSON knows surrogate pairs only, the other three know only \U; every assigned printable
        # character beyond the basic plane stays as it is, and the rules reject the others.
        raise ValueError(f"character {character!r} has no escape that every format knows")
    return f"\\u{ord(character):04x}"
