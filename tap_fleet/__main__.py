"""The command `tap-fleet PATH...`: the state of many checkouts of rendered projects.

It reads files only: no project's code runs. Exit codes: 0, nothing needs attention; 1, something
does; 2, there is no checkout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tap_fleet import report
from tap_fleet.checkout import RECORD, read, releases_of

WORKERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="tap-fleet",
        description="Report release, edited sealed files, accepted and open findings, and age of"
        " locks of checkouts of rendered projects.",
    )
    add = parser.add_argument
    add("paths", nargs="+", type=Path, metavar="PATH", help="a project, or a folder of projects")
    add("--template", type=Path, metavar="DIR", help="a clone of the template, to name releases")
    add("--json", action="store_true", help="print JSON")
    add("--html", type=Path, metavar="FILE", help="also write a page")
    given = parser.parse_args(arguments)
    roots = list(dict.fromkeys(root for path in given.paths for root in projects(path)))
    if not roots:
        named = ", ".join(map(str, given.paths))
        print(f"no project in {named}; try a folder with {RECORD}", file=sys.stderr)
        return 2
    names = releases_of(given.template) if given.template else {}
    with ProcessPoolExecutor(WORKERS) as pool:
        found = list(pool.map(partial(read, releases=names), roots, chunksize=4))
    if given.html:
        try:
            given.html.write_text(report.as_html(found), encoding="utf-8")
        except OSError as error:
            print(f"{given.html}: {error.strerror}", file=sys.stderr)
            return 2
    print(report.as_json(found) if given.json else report.as_table(found))
    return 1 if any(map(report.needs_attention, found)) else 0


def projects(path: Path) -> Iterator[Path]:
    """Yield the projects at a path: itself, or those up to two folders below."""
    if (path / RECORD).is_file() or not path.is_dir():
        yield path
        return
    for pattern in (f"*/{RECORD}", f"*/*/{RECORD}"):
        yield from (file.parent for file in sorted(path.glob(pattern)))


if __name__ == "__main__":
    sys.exit(main())
