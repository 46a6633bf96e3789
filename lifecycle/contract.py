"""Add the operations and schemas of an addition to openapi.json, as `make openapi` writes it."""

from __future__ import annotations

import json
from typing import Any

from lifecycle.graft import Misplaced


def merge(whole: str, part: str) -> str:
    """Return a document with what a partial one has; what both have stays.

    Raises:
        Misplaced: the document is not JSON, or has another value where the part has an object.
    """
    try:
        document = json.loads(whole)
    except ValueError as error:
        raise Misplaced(f"it is not JSON ({error}); try: make openapi") from error
    merged = _merged(document, json.loads(part), "")
    if merged == document:
        return whole
    return json.dumps(merged, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _merged(whole: Any, part: Any, place: str) -> Any:
    if isinstance(part, dict):
        if not isinstance(whole, dict):
            raise Misplaced(f"{place or 'it'} is no object; try: make openapi")
        return whole | {
            key: _merged(whole[key], value, f"{place}/{key}") if key in whole else value
            for key, value in part.items()
        }
    if place == "/tags" and isinstance(whole, list):
        return sorted(whole + [tag for tag in part if tag not in whole], key=_name)
    return whole


def _name(tag: Any) -> str:
    return str(tag.get("name", "")) if isinstance(tag, dict) else ""
