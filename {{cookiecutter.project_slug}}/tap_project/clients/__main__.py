"""Generate the clients of the API: `make clients`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tap_project.assembly import ROOT, OperationError
from tap_project.clients import python, typescript
from tap_project.openapi import Document

GENERATORS = {"python": python.generate, "typescript": typescript.generate}


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate the clients, and print their folders; print an error in one line."""
    parser = argparse.ArgumentParser(prog="make clients", description=__doc__)
    parser.add_argument("language", nargs="+", choices=sorted(GENERATORS))
    given = parser.parse_args(arguments)
    try:
        document = Document.read()
        for language in given.language:
            print(f"{GENERATORS[language](document).relative_to(ROOT)} is written.")
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
