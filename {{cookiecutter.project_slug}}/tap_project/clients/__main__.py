"""Generate the clients of the API: `make clients`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tap_project.assembly import ROOT
from tap_project.clients import python, typescript
from tap_project.command import reported
from tap_project.openapi import Document

GENERATORS = {"python": python.generate, "typescript": typescript.generate}


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate the clients, and print their folders; report an error in one line."""
    parser = argparse.ArgumentParser(prog="make clients", description=__doc__)
    parser.add_argument("language", nargs="+", choices=sorted(GENERATORS))
    languages: list[str] = parser.parse_args(arguments).language
    return reported(lambda: _generate(languages))


def _generate(languages: Sequence[str]) -> int:
    document = Document.read()
    for language in languages:
        print(f"{GENERATORS[language](document).relative_to(ROOT)} is written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
