"""The documentation of the rules: a list by subject, and one page for each rule."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator

from tap_guardrails import examples
from tap_guardrails.model import OWN_FUNCTION
from tap_guardrails.rule import REJECTED, Rule
from tap_guardrails.rules import RULES, WHEN
from tap_guardrails.verdict import ACKNOWLEDGEMENTS, NOT_JUDGED

SHOWN, FAILED, USAGE = 0, 1, 2
FIX, FIX_WITH_FAULT = "Fix", "Fix (a line that starts with - is the fault)"
# The subject of the rules that check no resource.
OTHERS = "Acknowledgements are explained, and all values can be checked."
# The names of these types in Rule.on for readers.
TYPES = {"*": "all types", OWN_FUNCTION: "AWS::Lambda::Function (except helpers of the CDK)"}


def documented() -> dict[str, Rule]:
    """Return all rules by ID, including the two about the guardrails themselves."""
    return {ACKNOWLEDGEMENTS.id: ACKNOWLEDGEMENTS, NOT_JUDGED.id: NOT_JUDGED, **RULES}


def show(rule_id: str | None, command: str) -> int:
    """Print all rules, or one rule in full, to stdout; return the exit code.

    Args:
        rule_id: the rule to print, or None or '' for the list of all rules.
        command: the command that shows one rule, with {} as its ID.
    """
    if REJECTED:
        print("\n".join(REJECTED), file=sys.stderr)
        return FAILED
    rules = documented()
    if not rule_id:
        _print(table())
        return SHOWN
    if rule_id not in rules:
        likely = rule_id.upper() if rule_id.upper() in rules else min(rules)
        print(f"no rule {rule_id!r}; try: {command.format(likely)}", file=sys.stderr)
        return USAGE
    _print(page(rules[rule_id]))
    return SHOWN


def _print(lines: Iterable[str]) -> None:
    """Print lines; a reader such as `head` may leave before the end."""
    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:
        # Python would report the pipe again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def subjects() -> dict[str, list[Rule]]:
    """Return the rules by subject: the first sentence of their module, sorted by ID."""
    found: dict[str, list[Rule]] = {}
    for _, rule in sorted(documented().items()):
        found.setdefault(_subject(rule), []).append(rule)
    return found


def _subject(rule: Rule) -> str:
    if rule.id not in RULES:
        return OTHERS
    module = sys.modules.get(rule.check.__module__)
    first = (getattr(module, "__doc__", None) or "Other rules.").splitlines()[0]
    text = first.partition(": ")[2] if first.startswith("TAP") else first
    return f"{text[:1].upper()}{text[1:]}"


def table() -> Iterator[str]:
    """Yield a heading for each subject, and a line for each of its rules."""
    width = max(map(len, documented()))
    for number, (subject, rules) in enumerate(subjects().items()):
        yield from ([""] if number else [])
        yield subject
        for rule in rules:
            yield f"  {rule.id:{width}}  {rule.profile:5}  {rule.title}"


def page(rule: Rule) -> Iterator[str]:
    """Yield the lines of one rule: what goes wrong, limits, examples, fix and source."""
    yield f"{rule.id}  {rule.title}"
    yield from ("", facts(rule), "", *_wrapped(rule.why))
    for name, text in (("Judged", judged(rule)), ("Limits", rule.limits)):
        if text:
            yield from ("", *_wrapped(f"{name}: {text}"))
    for name, code in codes(rule):
        yield from ("", f"{name}:", "", *textwrap.indent(code, "    ").splitlines())
    yield from ("", rule.evidence)


def facts(rule: Rule) -> str:
    """Return the profile of a rule, its first release, and the consequence of a fault."""
    consequence = f" Consequence: {WHEN[rule.when]}." if rule.when else ""
    return f"Profile: {rule.profile}. Since: {rule.since}.{consequence}"


def judged(rule: Rule) -> str:
    """Return the resource types that a rule checks, or '' if it checks the whole app."""
    return ", ".join(TYPES.get(each, each) for each in rule.on)


def codes(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the code of a page, with its name: the examples, and the fix."""
    module = rule.check.__module__.rpartition(".")[2]
    for kind in examples.KINDS:
        if code := examples.code(module, rule.id, kind):
            yield kind.capitalize(), code
    lines = rule.fix.splitlines()
    yield FIX_WITH_FAULT if any(line.startswith("- ") for line in lines) else FIX, rule.fix


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)
