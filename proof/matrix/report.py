"""The page that shows a run: every variant as one cell of a map."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("page.html")
PLACE = "/*RUN*/null"


def page(run: Mapping[str, Any], options: Mapping[str, Sequence[Any]]) -> str:
    """Return a self-contained page.

    Args:
        run: the content of matrix.json.
        options: the values of each infrastructure question, in order.
    """
    data = json.dumps({**run, "options": options}, ensure_ascii=False, separators=(",", ":"))
    # A script ends at the first </script>, even in a string.
    text = TEMPLATE.read_text(encoding="utf-8")
    if text.count(PLACE) != 1:
        raise ValueError(f"{TEMPLATE.name} has {text.count(PLACE)} places for the run, not 1")
    return text.replace(PLACE, data.replace("<", "\\u003c"))
