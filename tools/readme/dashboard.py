"""A preview of the dashboard, from its JSON in the synthesized stack; the values are samples."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Any

from tools.readme.themes import FONT, Theme

# Pixels of a unit of the dashboard's grid of 24 columns, and of the frame.
UNIT, ROW, MARGIN, HEAD = 35, 15, 10, 34
POINTS = 60


def body(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dashboard's body, with logical ids in place of references."""
    (found,) = (
        resource["Properties"]["DashboardBody"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
    )
    loaded: dict[str, Any] = json.loads(_flat(found))
    return loaded


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value
    (function, argument), *_ = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(_flat(each) for each in argument[1])
    return str(argument[0] if function == "Fn::GetAtt" else argument)


def picture(template: Mapping[str, Any], theme: Theme) -> str:
    """Return the preview: every widget in its place, with its title and metrics."""
    widgets = body(template)["widgets"]
    x = 0
    rows, drawn = 0, []
    for widget in widgets:
        left, top = widget.get("x", x), widget.get("y", 0)
        x = left + widget["width"]
        rows = max(rows, top + widget["height"])
        drawn.append(_widget(widget, MARGIN + left * UNIT, HEAD + top * ROW, theme))
    width, height = 24 * UNIT + 2 * MARGIN, HEAD + rows * ROW + MARGIN
    style = (
        f"text{{font:11px {FONT};fill:{theme.muted}}}.h{{font-weight:600;fill:{theme.text}}}"
        ".l{fill:none;stroke-width:1.5}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-labelledby="t"><title id="t">CloudWatch dashboard of'
        f" the default project, with sample values</title><style>{style}</style>"
        f'<rect width="{width}" height="{height}" rx="10" fill="{theme.page}"/>'
        f'<text x="{MARGIN + 4}" y="22" class="h">tap-service-prod (values are samples)</text>'
        + "\n".join(drawn)
        + "</svg>\n"
    )


def _widget(widget: Mapping[str, Any], x: int, y: int, theme: Theme) -> str:
    width, height = widget["width"] * UNIT - 6, widget["height"] * ROW - 6
    properties = widget["properties"]
    parts = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="{theme.panel}"'
        f' stroke="{theme.line}"/><text x="{x + 8}" y="{y + 15}" class="h">'
        f"{escape(properties['title'])}</text>"
    ]
    if widget["type"] == "alarm":
        count = len(properties["alarms"])
        step = (width - 16) / count
        parts += [
            f'<rect x="{x + 8 + n * step:.1f}" y="{y + 22}" width="{step - 3:.1f}" height="10"'
            f' rx="2" fill="{theme.series[1]}"/>'
            for n in range(count)
        ]
        return "".join(parts)
    names = [_name(metric) for metric in properties["metrics"]]
    if properties.get("view") == "singleValue":
        step = (width - 16) / len(names)
        parts += [
            f'<text x="{x + 8 + n * step:.1f}" y="{y + 32}" class="h">{_total(name)}</text>'
            for n, name in enumerate(names)
        ]
        return "".join(parts)
    for number, name in enumerate(names):
        colour = theme.series[number % len(theme.series)]
        seed = f"{properties['title']}|{name}"
        curve = _curve(seed, x + 8, y + 22, width - 16, height - 44)
        parts.append(f'<path class="l" stroke="{colour}" d="{curve}"/>')
    parts.append(f'<text x="{x + 8}" y="{y + height - 7}">{escape(_legend(names, width))}</text>')
    return "".join(parts)


def _name(metric: list[Any]) -> str:
    options = metric[-1] if isinstance(metric[-1], dict) else {}
    return str(options.get("label") or f"{metric[1]} {options.get('stat', '')}").strip()


def _legend(names: list[str], width: int) -> str:
    text = ", ".join(names)
    room = width // 6
    return text if len(text) <= room else f"{text[: room - 3]}..."


def _is_rare(name: str) -> bool:
    return any(word in name for word in ("rror", "hrottle", "Dead", "dead", "Oldest", "xx"))


def _total(name: str) -> str:
    """Return a number that follows from a name alone: the requests of a day, or no error."""
    return (
        "0"
        if _is_rare(name)
        else f"{int.from_bytes(sha256(name.encode()).digest()[:2]) % 10_000:,}"
    )


def _curve(seed: str, x: float, y: float, width: float, height: float) -> str:
    """Return a curve that follows from a name alone: a day of traffic, or rare errors."""
    noise = sha256(seed.encode()).digest() * 2
    name = seed.rpartition("|")[2]
    rare = "throttled" in seed or _is_rare(name)
    values = []
    for n in range(POINTS):
        jitter = noise[n] / 255
        day = 0.45 + 0.3 * math.sin(n / POINTS * 2 * math.pi - 1.5)
        height_ = day * (0.5 if "p50" in name else 1) + 0.12 * jitter
        values.append(0.04 + (0.15 if jitter > 0.97 else 0) if rare else height_)
    step = width / (POINTS - 1)
    return "M" + "L".join(
        f"{x + n * step:.1f} {y + height * (1 - value):.1f}" for n, value in enumerate(values)
    )
