"""Write the generated parts of docs/architecture.md, or compare them: `make picture`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tap_project.assembly import ASSEMBLY, OperationError
from tap_project.picture.page import OPEN, PAGE, PARTS, parts, written


def main(arguments: list[str] | None = None) -> int:
    """Write the page from the last synth; return 1 if it can't be, or differs with `--check`."""
    parser = argparse.ArgumentParser(prog="make picture", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare the page, without changes")
    parser.add_argument("--assembly", type=Path, default=ASSEMBLY, help="another cloud assembly")
    parser.add_argument("--page", type=Path, default=PAGE, help="another page")
    given = parser.parse_args(arguments)
    name = f"{given.page.parent.name}/{given.page.name}"
    text = given.page.read_text(encoding="utf-8") if given.page.is_file() else ""
    if given.check and not any(OPEN.format(part) in text for part in PARTS):
        return 0  # the owner keeps no picture
    try:
        now = written(text, parts(given.assembly))
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    if given.check:
        if now != text:
            print(f"{name} is out of date; try: make picture", file=sys.stderr)
        return int(now != text)
    given.page.write_text(now, encoding="utf-8")
    print(f"{name} is {'unchanged' if now == text else 'updated'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
