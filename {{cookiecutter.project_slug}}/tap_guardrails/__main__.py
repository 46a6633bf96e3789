"""The command line: `python -m tap_guardrails check DIR`, and `rules [ID]`.

It requires only Python: no AWS account, Node.js or aws-cdk-lib.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from tap_guardrails import __version__
from tap_guardrails.acknowledgements import NAME
from tap_guardrails.model import App, NotJudged, Resource
from tap_guardrails.report import formatted
from tap_guardrails.rule import REJECTED
from tap_guardrails.rules import RULES, WHEN, Rule
from tap_guardrails.verdict import Refusal, refusals

FINE, REFUSED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 without findings, 1 with findings, 2 if there is nothing to check or to show."""
    parser = argparse.ArgumentParser(
        prog="tap-guardrails", description="Reject known faults of AWS CDK apps."
    )
    parser.add_argument("--version", action="version", version=f"tap-guardrails {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="check a cloud assembly")
    check.add_argument("assembly", type=Path, metavar="DIR", help="output of a synth: cdk.out")
    rules = commands.add_parser("rules", help="list the rules, or print one of them")
    rules.add_argument("rule", nargs="?", metavar="ID", help="the rule to print, such as TAP302")
    given = parser.parse_args(arguments)
    if given.command == "check":
        return judged(given.assembly)
    return shown(given.rule, "tap-guardrails rules {}")


def judged(assembly: Path) -> int:
    """Check a cloud assembly and print each finding to stderr; return the exit code."""
    try:
        app = App(assembly)
    except (AttributeError, OSError, ValueError, KeyError, TypeError, NotJudged) as error:
        problem = f"no cloud assembly in {str(assembly)!r} ({error!r}); try: cdk synth, cdk.out"
        print(problem, file=sys.stderr)
        return USAGE
    if not app.stacks:
        print(f"no stack in {str(assembly)!r}: nothing to check", file=sys.stderr)
        return USAGE
    found = list(refusals(app, without_acknowledged=True))
    if found:
        text = [_formatted(refusal) for refusal in found]
        print("\n\n".join([*text, f"Refused: {len(found)} findings."]), file=sys.stderr)
        return REFUSED
    count = sum(len(template.resources) for template in app.templates)
    print(f"Judged {count} resources of {len(app.templates)} templates: no findings.")
    return FINE


def shown(rule_id: str | None, command: str) -> int:
    """Print all rules, or one rule in full, to stdout; return the exit code.

    Args:
        rule_id: the rule to print, or None or '' for a table of all rules.
        command: the command that shows one rule, with {} as its ID.
    """
    if REJECTED:
        print("\n".join(REJECTED), file=sys.stderr)
        return REFUSED
    if not rule_id:
        print("\n".join(table()))
        return FINE
    if rule_id not in RULES:
        likely = rule_id.upper() if rule_id.upper() in RULES else min(RULES)
        print(f"no rule {rule_id!r}; try: {command.format(likely)}", file=sys.stderr)
        return USAGE
    print("\n".join(page(RULES[rule_id])))
    return FINE


def table() -> Iterator[str]:
    """Yield one line per rule, sorted by ID."""
    width = max(map(len, RULES))
    for rule_id in sorted(RULES):
        yield f"{rule_id:{width}}  {RULES[rule_id].title}"


def page(rule: Rule) -> Iterator[str]:
    """Yield the lines of one rule: the failure, when it occurs, the fix as code, and the source."""
    yield f"{rule.id}  {rule.title}"
    yield ""
    yield from _wrapped(f"Otherwise {WHEN[rule.when]}: {rule.why}")
    if rule.on:
        yield from ("", *_wrapped(f"Judged: {', '.join(rule.on)}"))
    yield from ("", "Write (a line that starts with - is the fault):", "")
    yield from textwrap.indent(rule.fix, "    ").splitlines()
    yield from ("", rule.evidence)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)


def _formatted(refusal: Refusal) -> str:
    paths = [s.path if isinstance(s, Resource) else s for s in refusal.subjects]
    severity = "fatal" if refusal.fatal else "error"
    return formatted(refusal.rule, refusal.text, severity, NAME, paths, refusal.fix)


if __name__ == "__main__":
    raise SystemExit(main())
