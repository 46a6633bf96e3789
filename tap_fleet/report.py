"""The report on all checkouts: a table, JSON and a page."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence, Sized
from dataclasses import asdict

from tap_fleet.checkout import Checkout

HEAD = ("project", "release", "edited files", "accepted", "findings", "locks", "path")
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  padding: .3rem .6rem; text-align: left; vertical-align: top }
td.count { text-align: right }
.attention { font-weight: 600 }
"""


def needs_attention(checkout: Checkout) -> bool:
    """Return whether a checkout has findings, edited sealed files, or can't be read."""
    return bool(checkout.problems or checkout.edited or checkout.findings)


def row(checkout: Checkout) -> tuple[str, ...]:
    """Return a checkout as cells of the table."""
    findings = "not synthesized" if checkout.findings is None else str(len(checkout.findings))
    locks = "" if checkout.lock_days is None else f"{checkout.lock_days} days"
    return (
        checkout.project or "-",
        checkout.release or "unknown",
        str(len(checkout.edited)),
        str(len(checkout.accepted)),
        findings,
        locks,
        checkout.path,
    )


def as_table(checkouts: Sequence[Checkout]) -> str:
    """Return a table, and below it what needs attention."""
    rows = [HEAD, *map(row, checkouts)]
    widths = [max(len(cells[n]) for cells in rows) for n in range(len(HEAD))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    ]
    for checkout in filter(needs_attention, checkouts):
        lines += ["", f"{checkout.path}:", *(f"  {line}" for line in attention(checkout))]
    return "\n".join([*lines, "", summary(checkouts)])


def attention(checkout: Checkout) -> Iterable[str]:
    """Yield each problem, edited file and finding of a checkout."""
    yield from checkout.problems
    yield from checkout.edited
    yield from checkout.findings or ()


def summary(checkouts: Sequence[Checkout]) -> str:
    """Return the counts in one line."""
    releases = {checkout.release for checkout in checkouts if checkout.release}
    judged = sum(checkout.findings is not None for checkout in checkouts)
    return (
        f"{_count(checkouts, 'checkout')}, {_count(releases, 'release')}; {judged} synthesized;"
        f" {sum(map(needs_attention, checkouts))} need attention"
    )


def _count(found: Sized, noun: str) -> str:
    return f"{len(found)} {noun}{'' if len(found) == 1 else 's'}"


def as_json(checkouts: Sequence[Checkout]) -> str:
    """Return all that is known about each checkout, as JSON."""
    return json.dumps({"checkouts": [asdict(each) for each in checkouts]}, indent=1)


def as_html(checkouts: Sequence[Checkout]) -> str:
    """Return a page without external resources."""
    head = "".join(f"<th scope=col>{html.escape(cell)}</th>" for cell in HEAD)
    body = "".join(_row(checkout) for checkout in checkouts)
    return (
        "<!doctype html>\n<html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>Projects</title><style>{STYLE}</style>"
        f"<h1>Projects</h1><p>{html.escape(summary(checkouts))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></html>\n"
    )


def _row(checkout: Checkout) -> str:
    cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in row(checkout))
    kind = " class=attention" if needs_attention(checkout) else ""
    details = [*attention(checkout)]
    details += [
        f"accepted {each.finding} ({each.place}): {each.reason}" for each in checkout.accepted
    ]
    more = ""
    if details:
        items = "".join(f"<li>{html.escape(line)}</li>" for line in details)
        more = (
            f"<tr><td colspan={len(HEAD)}><details><summary>{len(details)} details</summary>"
            f"<ul>{items}</ul></details></td></tr>"
        )
    return f"<tr{kind}>{cells}</tr>{more}"
