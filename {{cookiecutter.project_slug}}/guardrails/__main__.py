"""List the rules (`python -m guardrails`), or write docs/guardrails.md (`--markdown`)."""

from __future__ import annotations

import sys

from guardrails.rules import RULES


def main(arguments: list[str]) -> int:
    """Print the list to stdout; 2 when an argument is not known."""
    if arguments not in ([], ["--markdown"]):
        print(f"{' '.join(arguments)!r} is not known; try --markdown, or nothing", file=sys.stderr)
        return 2
    if not arguments:
        for rule in RULES.values():
            print(f"{rule.id}  {rule.when:9} {rule.title}")
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
