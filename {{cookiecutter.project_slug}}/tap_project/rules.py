"""Lists the guardrails, the project's own among them: `python -m tap_project.rules [TAP302]`."""

import importlib
import sys
from collections.abc import Sequence

from tap_guardrails.pages import show


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of all rules, or one of them in full."""
    importlib.import_module("infra.rules")  # registers its rules
    given = sys.argv[1:] if arguments is None else arguments
    return show(given[0] if given else None, "make rules RULE={}")


if __name__ == "__main__":
    sys.exit(main())
