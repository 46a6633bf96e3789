"""Run the Redocly CLI, which compares two OpenAPI documents and renders one as a page.

`make changes` and `make openapi ARGS=--page` install it into build/openapi when they first need it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_project.assembly import ROOT, OperationError
from tap_project.openapi.document import FILE

STAMP = Path("build") / "openapi" / ".installed"
CLI = Path("build") / "openapi" / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
PAGE = Path("build") / "api.html"
HEAD = "<head>"
# Redoc would load its logo from a server.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
    " script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:;"
    ' font-src data:; worker-src blob:">'
)
# It reports nothing about its use, and looks for no newer release.
QUIET = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"}


@dataclass(frozen=True)
class Difference:
    """One difference between two documents.

    Args:
        breaking: whether a client that works with the former document can fail with the new one.
        route: the method and path, such as `GET /items`, or the path; '' for the whole document.
        text: what differs.
    """

    breaking: bool
    route: str
    text: str


def compare(before: Path, after: Path) -> list[Difference]:
    """Return the differences between two documents, breaking ones first.

    Raises:
        OperationError: the tool can't be installed, or a document can't be read.
    """
    with tempfile.TemporaryDirectory(prefix="tap-openapi-") as folder:
        report = Path(folder) / "report.json"
        given = [str(each.resolve()) for each in (before, after)]
        options = ["--format", "json", "--fail-on", "none", "--output", str(report)]
        _run(["diff", *given, *options], Path(folder))
        try:
            changes = json.loads(report.read_text(encoding="utf-8"))["changes"]
            found = [each for change in changes for each in _differences(change)]
        except (KeyError, OSError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise OperationError(f"the comparison of {FILE} failed ({reason})") from error
    return sorted(dict.fromkeys(found), key=lambda each: not each.breaking)


def write_page() -> Path:
    """Write the document as a page that loads nothing else, and return its path.

    Raises:
        OperationError: the tool can't be installed, or the document can't be read.
    """
    page = ROOT / PAGE
    page.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tap-openapi-") as folder:
        given = [str(ROOT / FILE), "--inlineBundle", "--output", str(page)]
        _run(["build-docs", *given], Path(folder))
    text = page.read_text(encoding="utf-8")
    if HEAD not in text:
        raise OperationError(f"{PAGE} has no {HEAD}; try: make update")
    page.write_text(text.replace(HEAD, f"{HEAD}{POLICY}", 1), encoding="utf-8")
    return page


def _run(arguments: list[str], folder: Path) -> None:
    """Run the tool in a folder without configuration."""
    _install()
    node = ROOT / ".venv" / "bin" / "node"
    # The locked tool; a list, and no shell (S603).
    done = subprocess.run(  # noqa: S603
        [str(node), str(ROOT / CLI), *arguments],
        cwd=folder,
        env={**os.environ, **QUIET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason"]
        raise OperationError(f"redocly {arguments[0]} failed ({lines[-1].strip()})")


def _install() -> None:
    if (ROOT / STAMP).is_file() and (ROOT / CLI).is_file():
        return
    foreign = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")
    # make of the PATH, which runs this command, too; a list, and no shell (S603, S607).
    done = subprocess.run(  # noqa: S603
        ["make", "--no-print-directory", str(STAMP)],  # noqa: S607
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in foreign},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["npm failed"])[-1]
        raise OperationError(f"the Redocly CLI can't be installed ({reason}); try: make {STAMP}")


def _differences(change: dict[str, Any]) -> Iterator[Difference]:
    route, place = _route(change["path"])
    verdicts = change.get("verdicts") or [{}]
    for verdict in verdicts:
        text = verdict.get("message") or f"{place or 'it'} was {change['kind']}"
        yield Difference(
            breaking=verdict.get("impact", change["impact"]) == "major",
            route=route,
            text=str(text).removesuffix(".").replace("`", ""),
        )


def _route(pointer: str) -> tuple[str, str]:
    """Return the route of a place in a document, and the rest of the pointer."""
    parts = [
        part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#/").split("/")
    ]
    if parts[0] != "paths" or len(parts) < 2:
        return "", "/".join(parts)
    if len(parts) == 2:
        return parts[1], ""
    return f"{parts[2].upper()} {parts[1]}", "/".join(parts[3:])
