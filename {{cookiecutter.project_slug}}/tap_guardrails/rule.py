"""Register and run rules.

A rule is a function that checks one resource (or, without `on`, the whole app) and yields its
findings: a sentence about that resource, or a pair of another resource and a sentence. Its
docstring is its documentation: the title on the first line, the consequence, a link and the
indented fix.

The rules of a project are in its infra/rules.py. Their IDs consist of capital letters and three
digits, such as OWN101, and do not start with TAP.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tap_guardrails.model import App, MissingHandler, NotJudged, Resource

Check = Callable[[Any], Iterable[str | tuple[Resource | str, str]]]
WHEN = {
    "deploy": "the deployment fails",
    "run": "the service fails while it runs",
    "silent": "the fault stays unnoticed",
    "cost": "the cost increases",
    "security": "others can read or change data or permissions",
}


@dataclass(frozen=True)
class Rule:
    """One rule, from the decorator and docstring of its check."""

    id: str
    when: str
    evidence: str
    on: tuple[str, ...]
    check: Check
    title: str
    why: str
    fix: str


@dataclass(frozen=True)
class Finding:
    """A finding of a rule about a resource or a file of the project."""

    rule: Rule
    subject: Resource | str
    detail: str

    @property
    def path(self) -> str:
        """The construct path, or the file."""
        return self.subject if isinstance(self.subject, str) else self.subject.path


RULES: dict[str, Rule] = {}
REJECTED: list[str] = []
"""Errors in the project's own rules. They fail the synth."""

PACKAGE = __name__.partition(".")[0]
OWN_ID = re.compile(r"(?!TAP)[A-Z]{2,8}\d{3}")


def rule(rule_id: str, when: str, *on: str) -> Callable[[Check], Check]:
    """Register a check under an ID whose meaning never changes.

    Args:
        rule_id: TAP and three digits; in a project's infra/rules.py other letters, such as OWN101.
        when: a key of WHEN, which describes the consequence.
        on: the resource types to check, such as AWS::S3::Bucket; if omitted, the check receives
            the whole app.

    Raises:
        TypeError: a rule of this package is incomplete. A project's rule is added to REJECTED.
    """

    def register(check: Check) -> Check:
        title, _, rest = inspect.cleandoc(check.__doc__ or "").partition("\n\n")
        text, _, fix = rest.partition("\n\n    ")
        why, _, evidence = text.rpartition("\n")
        own = check.__module__.partition(".")[0] != PACKAGE
        problem = ""
        if own and not OWN_ID.fullmatch(rule_id):
            problem = "needs an id of capital letters and three digits, not TAP; try 'OWN101'"
        elif when not in WHEN:
            problem = f"happens {when!r}; try one of {', '.join(map(repr, WHEN))}"
        elif not (why and fix and evidence.startswith("https://")) or rule_id in RULES:
            problem = "needs a new id, and a title, a reason, a link and a fix"
        if problem and own:
            file = check.__module__.replace(".", "/")
            REJECTED.append(f"{file}.py: rule {rule_id!r} {problem}")
        elif problem:
            raise TypeError(f"rule {rule_id} {problem}")
        else:
            why, fix = " ".join(why.split()), inspect.cleandoc("    " + fix)
            RULES[rule_id] = Rule(rule_id, when, evidence, on, check, title, why, fix)
        return check

    return register


def judge(app: App) -> Iterator[Finding]:
    """Yield the findings of all rules, including resources that a rule can't judge."""
    for each in RULES.values():
        for subject in app.resources(*each.on) if each.on else [app]:
            here = subject if isinstance(subject, Resource) else "app"
            try:
                for found in each.check(subject):
                    where, detail = found if isinstance(found, tuple) else (here, found)
                    yield Finding(each, where, app.readable(detail))
            except MissingHandler:
                continue
            except NotJudged as unknown:
                yield Finding(each, here, f"not judged: {app.readable(str(unknown))}")
            except Exception as error:  # a failing rule must not hide a fault
                reason = f"{type(error).__name__}: {error}".splitlines()[0]
                yield Finding(each, here, f"not judged: unexpected template ({reason})")
