"""Findings as text, grouped by construct and alike in all environments.

The CDK CLI drops findings whose construct path is not in a selected stack: findings about a file,
the app or a stack that is not deployed now. It also drops the error of a failed plugin, and exits 0
(`filterReportsByStacks` in aws-cdk 2.1148.1). `app.py` prints this report instead, so that each
finding is printed and fails the synth, however it is started.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_guardrails.places import Places
from tap_guardrails.rule import RULES, page_of
from tap_guardrails.verdict import Verdict

REPORT = "validation-report.json"
# What is printed of findings alike, and of a fix: more would hide the other findings.
DETAILS, FIX_LINES = 2, 5
LOOKUP = re.compile(r"Cannot retrieve value from context provider ([\w-]+)")
# Constructs with the same finding from which on it is printed once for all of them.
MANY = 3
# A part of a finding's rule, such as AwsSolutions-IAM5[Resource::*], or the rule of a finding.
BRACKETS = re.compile(r"\[(.*)\]$")
NOTE = "TAP002"
NAG_ERROR = "Rule threw an error"
NAG_ERROR_HINT = (
    "cdk-nag can't read a value that only CloudFormation knows. Write it in the app, such as"
    " open=False and an own rule for the security group of an interface endpoint, or acknowledge"
    " the finding on the construct"
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A finding on one construct in one stack, from any plugin.

    Args:
        rule: ID of the rule.
        message: the fault and its consequence, on one line.
        path: construct path, file name, or '' for the app.
        stack: construct path of the stack, or ''.
        fix: the fix as code, or ''.
    """

    rule: str
    message: str
    path: str
    stack: str = ""
    fix: str = ""

    @property
    def construct(self) -> str:
        """The construct path without the stack and the name of an L1 construct."""
        path = self.path.removeprefix(f"{self.stack}/") if self.stack else self.path
        return path.removesuffix("/Resource") or self.path


def of_verdict(verdict: Verdict) -> Iterator[Problem]:
    """Yield the findings and notes of a verdict."""
    for finding in verdict.findings:
        stack = "" if isinstance(finding.subject, str) else _stack(finding.path)
        yield Problem(
            rule=finding.rule.id,
            message=finding.message,
            path=finding.path,
            stack=stack,
            fix=finding.fix,
        )
    for note in verdict.not_judged:
        stack = _stack(note.construct)
        rules = f" (needed by {', '.join(sorted(note.rules))})" if note.rules else ""
        text = f"Not judged: {note.reason}{rules}"
        yield Problem(rule="TAP002", message=text, path=note.subject, stack=stack)


def of_assembly(assembly: Path) -> list[Problem]:
    """Return the findings of all plugins in the report of a synth; [] without a report.

    Notes (severity `info`) are left to the CDK, which never fails because of them.
    """
    file = assembly / REPORT
    if not file.is_file():
        return []
    found: list[Problem] = []
    for plugin in json.loads(file.read_text(encoding="utf-8"))["pluginReports"]:
        violations = [v for v in plugin.get("violations", []) if v.get("severity") != "info"]
        for violation in violations:
            found += _of_violation(violation, plugin["pluginName"])
        if not violations and plugin.get("conclusion") == "failure":
            reason = (plugin.get("metadata") or {}).get("error", "no reason given")
            name = plugin["pluginName"]
            found.append(Problem(rule=name, message=f"{name} failed: {reason}", path=""))
    return found


def _of_violation(violation: dict[str, Any], plugin: str) -> Iterator[Problem]:
    rule, text = violation["ruleName"], violation["description"].strip()
    text = text.removeprefix(f"{rule}:").removeprefix(rule).strip()
    if NAG_ERROR in text:
        text = f"{text.rstrip('.')}. {NAG_ERROR_HINT}"
    places = [each.get("constructPath") or "" for each in violation.get("violatingConstructs", [])]
    for path in dict.fromkeys(places or [""]):
        about, separator, rest = text.partition(": ")
        named = not path and plugin == "tap" and separator
        yield Problem(
            rule=rule,
            message=" ".join((rest if named else text).split()),
            path=about if named else path,
            stack=_stack(path),
            fix=violation.get("suggestedFix") or "",
        )


def _stack(path: str) -> str:
    return path.partition("/")[0] if "/" in path else ""


def text(problems: Sequence[Problem], places: Places, explain: str) -> str:
    """Return a report of problems for a terminal.

    Args:
        problems: the findings, in the order of the report.
        places: the lines that create the constructs.
        explain: the command that explains a rule, with {} as its ID.
    """
    lines: list[str] = []
    fixed: set[tuple[str, str]] = set()
    linked: set[str] = set()
    for constructs, found in _grouped(problems).items():
        if len(constructs) == 1:
            lines.append(_head(constructs[0], found, places))
        else:
            lines += textwrap.wrap(
                f"{', '.join(constructs)}{_in_stacks(found)}",
                100,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        lines += _body(found, fixed, linked)
    found = [each for each in problems if each.rule != NOTE]
    count = len({(p.rule, p.message, p.construct) for p in found})
    notes = len(problems) - len(found)
    rule = next((p.rule for p in problems if p.fix and p.rule in RULES), "")
    more = f" Explanations and other fixes: {explain.format(rule)}" if rule else ""
    parts = [f"Rejected: {_plural(count, 'finding')}."] if count else []
    parts += [f"Not judged: {_plural(notes, 'value')}."] if notes else []
    return "\n".join([*lines, " ".join(parts) + more])


def _grouped(problems: Sequence[Problem]) -> dict[tuple[str, ...], list[Problem]]:
    """Return the problems by construct; those that MANY constructs share, by all of these."""
    owners: dict[tuple[str, str], dict[str, None]] = {}
    for each in problems:
        owners.setdefault((each.rule, each.message), {})[each.construct] = None
    shared = {key: (*found,) for key, found in owners.items() if len(found) >= MANY}
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for each in problems:
        if (each.rule, each.message) not in shared:
            groups.setdefault((each.construct,), []).append(each)
    for each in problems:
        if (each.rule, each.message) in shared:
            groups.setdefault(shared[each.rule, each.message], []).append(each)
    return groups


def _head(construct: str, found: Sequence[Problem], places: Places) -> str:
    where = next((place for each in found if (place := places.of(each.path))), None)
    place = f" ({where})" if where else ""
    return f"{construct or 'the app'}{_in_stacks(found)}{place}"


def _in_stacks(found: Iterable[Problem]) -> str:
    stacks = _stacks(found)
    return f" in {', '.join(stacks)}" if stacks else ""


def _stacks(found: Iterable[Problem]) -> list[str]:
    return [stack for stack in dict.fromkeys(each.stack for each in found) if stack]


def _body(found: Sequence[Problem], fixed: set[tuple[str, str]], linked: set[str]) -> Iterator[str]:
    """Yield the findings of constructs; each fix, and each rule's page, only the first time."""
    everywhere = _stacks(found)
    rules: dict[str, dict[str, list[Problem]]] = {}
    for each in found:
        rule = BRACKETS.sub("", each.rule)
        bracket = BRACKETS.search(each.rule)
        message = f"{bracket.group(1)}: {each.message}" if bracket else each.message
        rules.setdefault(rule, {}).setdefault(message, []).append(each)
    for rule, messages in rules.items():
        shown = [*messages.items()] if len(messages) <= DETAILS else [*messages.items()][:1]
        for message, alike in shown:
            some = _stacks(alike)
            where = f" [{', '.join(some)}]" if some != everywhere else ""
            more = len(messages) - len(shown)
            also = f" (and {more} more of this kind)" if more else ""
            yield f"  {rule} {message}{where}{also}"
        fix = next((each.fix for alike in messages.values() for each in alike if each.fix), "")
        if fix and (rule, fix) not in fixed:
            fixed.add((rule, fix))
            yield from (f"      {line}".rstrip() for line in _first_fix(fix))
        if (page := page_of(rule)) and rule not in linked:
            linked.add(rule)
            yield f"      {page}"


def _first_fix(fix: str) -> list[str]:
    """Return the first of the alternative fixes, shortened."""
    lines: list[str] = []
    for line in fix.splitlines():
        if line.startswith(("# or", "# https://")):
            break
        lines.append(line)
    if len(lines) > FIX_LINES:
        lines = [*lines[: FIX_LINES - 1], "..."]
    return lines


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def places_in(project: Path, *patterns: str) -> Places:
    """Return the places of the constructs in a project's modules, as glob patterns."""
    files = sorted({file for pattern in patterns for file in project.glob(pattern)})
    return Places(
        (file.relative_to(project).as_posix(), ast.parse(file.read_text(encoding="utf-8")))
        for file in files
    )


def of_error(error: Exception, project: Path) -> str | None:
    """Return one line for an error of the app that has a known fix, or None."""
    found = LOOKUP.search(str(error))
    if not found:
        return None
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if Path(f.filename).is_relative_to(project / "infra")]
    place = f"{Path(own[-1].filename).relative_to(project)}:{own[-1].lineno}: " if own else ""
    return (
        f"{place}{found.group(1)} looks up a resource in an account, and a synth uses none; name it"
        " by its attributes instead, such as ec2.Vpc.from_vpc_attributes(...) with ids from"
        " infra/settings.py"
    )
