"""Terminal output as SVG, for light and dark pages alike, with fonts of the reader's machine."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

# Pixels of a character and of a line, and of the frame.
CHARACTER, LINE, MARGIN, BAR = 8.0, 18, 16, 34
# The longest pause between two outputs, and the shortest time that a line is shown, in seconds.
PAUSE, SHORTEST = 1.0, 0.12
# The picture is played faster, if it would take longer.
LONGEST = 20
SGR = re.compile(r"\x1b\[([\d;]*)m")
TOKENS = re.compile(r"(\r?\n|\r|\x1b\[K)")
OTHER = re.compile(r"\x1b\[[\d;?]*[A-Za-jln-z]|\x1b\][^\x07]*\x07")
CLASSES = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "35": "m", "36": "c"}
STYLE = """\
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;\
fill:#d1d9e0;white-space:pre}.b{font-weight:700;fill:#fff}.d{fill:#8b949e}.g{fill:#7ee787}\
.y{fill:#e3b341}.r{fill:#ff7b72}.c{fill:#79c0ff}.m{fill:#d2a8ff}.t{fill:#8b949e}"""


@dataclass
class Line:
    """A line of the screen.

    Args:
        row: its number.
        text: with SGR codes.
        start, end: the seconds in which it is shown; no end: until the recording ends.
    """

    row: int
    text: str
    start: float = 0
    end: float | None = None


def lines_of(events: Iterable[tuple[float, str]]) -> list[Line]:
    """Return what a terminal shows; a line that is printed over is a line with an end."""
    found: list[Line] = []
    row, text, at, before = 0, "", 0.0, 0.0
    fresh = False

    def put() -> None:
        last = next((line for line in reversed(found) if line.row == row), None)
        if last is not None and last.end is None:
            if last.text == text:
                return
            if at - last.start < SHORTEST:
                last.text = text
                return
            last.end = at
        found.append(Line(row, text, at))

    for time, data in events:
        at += min(time - before, PAUSE)
        before = time
        for token in TOKENS.split(OTHER.sub("", data)):
            if token in ("\n", "\r\n"):
                put()
                row, text, fresh = row + 1, "", False
            elif token == "\r":
                fresh = True
            elif token == "\x1b[K":
                text = ""
            elif token:
                text = token if fresh else text + token
                fresh = False
        if text:
            put()
    return [line for line in found if line.text.strip()]


def svg(lines: Sequence[Line], title: str, description: str) -> str:
    """Return a picture of the lines, animated if some of them have a start."""
    rows = max(line.row for line in lines) + 1
    columns = max(80, *(len(SGR.sub("", line.text)) for line in lines))
    width, height = round(columns * CHARACTER + 2 * MARGIN), BAR + rows * LINE + MARGIN
    moving = any(line.start for line in lines)
    style = STYLE
    if moving:
        style += (
            "@keyframes i{from{opacity:0}to{opacity:1}}@keyframes o{from{opacity:1}to{opacity:0}}"
            ".i{animation:i 1ms both}.o{animation:i 1ms both,o 1ms forwards}"
            "@media(prefers-reduced-motion){.i{animation:none}.o{animation:none;opacity:0}}"
        )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-labelledby="t d"><title id="t">{escape(title)}</title>'
        f'<desc id="d">{escape(description)}</desc><style>{style}</style>',
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117" stroke="#30363d"/>',
        *(
            f'<circle cx="{18 + 18 * n}" cy="17" r="5" fill="{fill}"/>'
            for n, fill in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        ),
        f'<text x="{width / 2:.0f}" y="21" text-anchor="middle" class="t">{escape(title)}</text>',
    ]
    parts += [_text(line, moving) for line in lines]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(line: Line, moving: bool) -> str:
    y = BAR + (line.row + 0.75) * LINE
    attributes = ""
    if moving and line.end is not None:
        attributes = f' class="o" style="animation-delay:{line.start:.2f}s,{line.end:.2f}s"'
    elif moving and line.start:
        attributes = f' class="i" style="animation-delay:{line.start:.2f}s"'
    spans = "".join(
        f'<tspan class="{names}">{escape(text)}</tspan>' if names else escape(text)
        for names, text in _styled(line.text)
    )
    return f'<text x="{MARGIN}" y="{y:g}"{attributes} xml:space="preserve">{spans}</text>'


def _styled(text: str) -> Iterator[tuple[str, str]]:
    names: list[str] = []
    position = 0
    for match in [*SGR.finditer(text), None]:
        end = match.start() if match else len(text)
        if end > position:
            yield " ".join(names), text[position:end]
        if match:
            position = match.end()
            for code in match.group(1).split(";"):
                names = [*names, CLASSES[code]] if code in CLASSES else []
    return


def cast(text: str) -> tuple[dict[str, object], list[tuple[float, str]]]:
    """Return header and outputs of an asciicast (version 2)."""
    header, *events = map(json.loads, text.splitlines())
    return header, [(float(at), data) for at, kind, data in events if kind == "o"]


def of_cast(text: str) -> str:
    """Return the animated picture of an asciicast, with its command on the first line."""
    header, events = cast(text)
    command = str(header["command"])
    speed = max(1, math.ceil(sum(_pauses(events)) / LONGEST))
    faster = [(at / speed, data) for at, data in events]
    typed = [(0.0, f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m\r\n"), *faster]
    title = f"{command} ({speed} times faster)" if speed > 1 else command
    return svg(lines_of(typed), title, f"A recording of {command}: {header['title']}")


def _pauses(events: Sequence[tuple[float, str]]) -> Iterator[float]:
    for (before, _), (after, _) in itertools.pairwise(events):
        yield min(after - before, PAUSE)
