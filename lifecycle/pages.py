"""Add the contents of a partial Markdown page to a whole one, section by section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_HEADING = re.compile(r"#{1,6} .+")
_FENCE = "```"


def merge(whole: str, part: str) -> str:
    """Return a page with the rows, list entries and paragraphs of a partial one.

    Rows follow the last row of the section's first table, and entries the last entry of its first
    list. Lines that the section already has are not repeated. A section that the page lacks follows
    the one before it in the part.
    """
    lines = [*whole.rstrip("\n").split("\n"), ""]
    end = len(lines)
    for heading, added in _sections(part):
        at = _heading(lines, heading)
        if at is not None:
            start = at + 1
            end = start + _length(lines[start:])
            merged = _merged(lines[start:end], added)
        else:
            start, merged = end, [heading, *added, ""]
        lines[start:end] = merged
        end = start + len(merged)
    return "\n".join(lines).rstrip("\n") + "\n"


def _sections(part: str) -> Iterator[tuple[str, list[str]]]:
    heading: str | None = None
    body: list[str] = []
    fenced = False
    for line in [*part.rstrip("\n").split("\n"), None]:
        if line is not None and line.startswith(_FENCE):
            fenced = not fenced
        if line is None or (not fenced and _HEADING.fullmatch(line)):
            if heading is not None:
                yield heading, _trimmed(body)
            heading, body = line, []
        else:
            body.append(line)


def _heading(lines: Sequence[str], wanted: str) -> int | None:
    """Return the line of a heading, outside of code; None if there is none."""
    n = 0
    while n < len(lines):
        n += _length(lines[n:])
        if n < len(lines) and lines[n] == wanted:
            return n
        n += 1
    return None


def _trimmed(lines: list[str]) -> list[str]:
    return ["", *"\n".join(lines).strip("\n").split("\n")]


def _length(lines: Sequence[str]) -> int:
    """Return the number of lines before the next heading."""
    fenced = False
    for n, line in enumerate(lines):
        if line.startswith(_FENCE):
            fenced = not fenced
        if not fenced and _HEADING.fullmatch(line):
            return n
    return len(lines)


def _merged(section: Sequence[str], added: Sequence[str]) -> list[str]:
    lines, rest, fenced = list(section), [], False
    for line in added:
        fenced = fenced != line.startswith(_FENCE)
        if fenced:
            rest.append(line)
        elif line.startswith("|"):
            _insert(lines, line, _end_of_block(lines, "|"))
        elif line.startswith("- "):
            _insert(lines, line, _end_of_block(lines, "- "))
        else:
            rest.append(line)
    text = "\n".join(rest).strip("\n")
    if text and text not in "\n".join(lines):
        while lines and not lines[-1]:
            lines.pop()
        lines += ["", *text.split("\n")]
    if lines and lines[-1]:
        lines.append("")
    return lines


def _insert(lines: list[str], line: str, at: int | None) -> None:
    if line not in lines:
        at = len(lines) if at is None else at
        lines.insert(at, line)


def _end_of_block(lines: Sequence[str], opening: str) -> int | None:
    """Return the line after the first table or list, continued lines of entries included."""
    starts = [n for n, line in enumerate(lines) if line.startswith(opening)]
    if not starts:
        return None
    end = starts[0]
    while end < len(lines) and lines[end].startswith((opening, "  ")):
        end += 1
    return end
