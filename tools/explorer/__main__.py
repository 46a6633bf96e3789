"""Write docs/explorer/index.html: `make explorer`, after `make matrix`.

Architecture, permissions, alarms and cost are those of the pages that the template renders, which
the matrix compares with the stacks. Verdicts and numbers of resources are those of
build/matrix.json; without it, those of the former page stay, with the date of their run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from local_extensions.answers import TEMPLATE_ROOT
from proof import variants
from tools.explorer import changes, data

PAGE = TEMPLATE_ROOT / "docs" / "explorer" / "index.html"
RUN = TEMPLATE_ROOT / "build" / "matrix.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; return the exit code."""
    parser = argparse.ArgumentParser(prog="make explorer", description=__doc__)
    parser.add_argument("--run", type=Path, default=RUN, help="the results of a run of the matrix")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page")
    given = parser.parse_args(arguments)
    former = None
    if given.output.exists():
        former = data.of_page(given.output.read_text(encoding="utf-8"))
    run = json.loads(given.run.read_text(encoding="utf-8")) if given.run.exists() else None
    written = data.joined(variants.product(), run, changes.measured(data.options()), former)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    text = data.page(written)
    given.output.write_text(text, encoding="utf-8")
    open_ = sum(numbers[-1] == data.UNKNOWN for numbers in written["variants"].values())
    print(f"{given.output}: {len(written['variants'])} variants, {len(text.encode()) // 1024} KiB")
    if open_:
        print(f"{open_} variants have no verdict; try: make matrix", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
