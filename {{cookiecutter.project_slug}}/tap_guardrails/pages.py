"""The documentation of the rules: a list, and one page for each rule."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

from tap_guardrails.rule import REJECTED, Rule
from tap_guardrails.rules import RULES, WHEN
from tap_guardrails.verdict import ACKNOWLEDGEMENTS, NOT_JUDGED

SHOWN, FAILED, USAGE = 0, 1, 2


def documented() -> dict[str, Rule]:
    """Return all rules by ID, including the two about the guardrails themselves."""
    return {ACKNOWLEDGEMENTS.id: ACKNOWLEDGEMENTS, NOT_JUDGED.id: NOT_JUDGED, **RULES}


def show(rule_id: str | None, command: str) -> int:
    """Print all rules, or one rule in full, to stdout; return the exit code.

    Args:
        rule_id: the rule to print, or None or '' for a table of all rules.
        command: the command that shows one rule, with {} as its ID.
    """
    if REJECTED:
        print("\n".join(REJECTED), file=sys.stderr)
        return FAILED
    rules = documented()
    if not rule_id:
        print("\n".join(table()))
        return SHOWN
    if rule_id not in rules:
        likely = rule_id.upper() if rule_id.upper() in rules else min(rules)
        print(f"no rule {rule_id!r}; try: {command.format(likely)}", file=sys.stderr)
        return USAGE
    print("\n".join(page(rules[rule_id])))
    return SHOWN


def table() -> Iterator[str]:
    """Yield one line per rule, sorted by ID."""
    rules = documented()
    width = max(map(len, rules))
    for rule_id in sorted(rules):
        yield f"{rule_id:{width}}  {rules[rule_id].title}"


def page(rule: Rule) -> Iterator[str]:
    """Yield the lines of one rule: the failure, when it occurs, the fix as code, and the source."""
    yield f"{rule.id}  {rule.title}"
    yield ""
    yield f"Profile: {rule.profile}. Since: {rule.since}."
    yield ""
    otherwise = f"Otherwise {WHEN[rule.when]}: " if rule.when else ""
    yield from _wrapped(f"{otherwise}{rule.why}")
    if rule.on:
        yield from ("", *_wrapped(f"Judged: {', '.join(rule.on)}"))
    if rule.limits:
        yield from ("", *_wrapped(f"Limits: {rule.limits}"))
    yield from ("", "Write (a line that starts with - is the fault):", "")
    yield from textwrap.indent(rule.fix, "    ").splitlines()
    yield from ("", rule.evidence)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)
