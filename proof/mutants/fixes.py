"""Whether a source says what a printed fix says, whatever the layout.

A fix is code: `...` and "..." stand for what only the reader knows, a line that begins with "- "
is taken out, and a line "# or" parts alternatives. Comments, line breaks and a comma at the end or
before a closing bracket don't count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""\"{3}.*?\"{3} | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | \#[^\n]* | \.{3} | \w+ | \S""",
    re.DOTALL | re.VERBOSE,
)
OR = re.compile(r"^# or\b.*$", re.MULTILINE)
GAPS = {"...", '"..."'}
OPENING, CLOSING = set("([{"), set(")]}")
MOST = 150  # tokens that a gap may stand for


def tokens(source: str) -> list[str]:
    """The tokens of a source that count."""
    found = [token for token in TOKEN.findall(source) if not token.startswith("#")]
    after = [*found[1:], ")"]
    pairs = zip(found, after, strict=False)
    return [token for token, following in pairs if token != "," or following not in CLOSING]


def lines(code: str) -> Iterator[str]:
    """The logical lines of a fix: one ends where no bracket is open."""
    depth, text = 0, ""
    for line in code.splitlines():
        text += line + "\n"
        found = tokens(line)
        depth += sum(token in OPENING for token in found) - sum(token in CLOSING for token in found)
        if depth == 0:
            if tokens(text):
                yield text
            text = ""


def count(line: str, source: str) -> int:
    """How often a source says a logical line."""
    words = tokens(line.rstrip())
    if words[-1] == ",":
        del words[-1]
    gap = rf"(?:\S+ ){{0,{MOST}}}?"
    pattern = "".join(gap if word in GAPS else re.escape(_solid(word)) + " " for word in words)
    text = "".join(f"{_solid(token)} " for token in tokens(source))
    return len(re.findall(rf"(?<!\S){pattern}", text))


def _solid(token: str) -> str:
    return re.sub(r"\s", "\N{OPEN BOX}", token)


def applied(fix: str, before: str, after: str) -> bool:
    """Whether a source obeys a fix, or one of its alternatives, and did so less before."""
    return any(_obeyed(alternative, before, after) for alternative in OR.split(fix))


def _obeyed(code: str, before: str, after: str) -> bool:
    more = []
    for line in lines(code):
        taken_out = line.startswith("- ")
        then, now = (count(line.removeprefix("- "), source) for source in (before, after))
        if not (taken_out or now):
            return False
        more.append(now < then if taken_out else now > then)
    return any(more)
