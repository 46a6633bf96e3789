"""The register of rules, and how they are run.

A rule is a function that looks at one resource (or, without `on`, at the whole app) and yields
what is wrong: a sentence about that resource, or a pair of another resource and a sentence. Its
docstring is its documentation: the first line is the title, then what happens, then a link, then,
indented, the fix.

Rules of a project are in its infra/rules.py. Their ids are capital letters and three digits, such
as OWN101, and do not start with TAP.
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
    """One rule, as its check's decorator and docstring say it."""

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
    """What a rule has to say about a resource, or about a file of the project."""

    rule: Rule
    subject: Resource | str
    detail: str

    @property
    def path(self) -> str:
        """The construct path, or the file."""
        return self.subject if isinstance(self.subject, str) else self.subject.path


RULES: dict[str, Rule] = {}
REJECTED: list[str] = []
"""What is wrong with a project's own rules; it stops the synth."""

PACKAGE = __name__.partition(".")[0]
OWN_ID = re.compile(r"(?!TAP)[A-Z]{2,8}\d{3}")


def rule(rule_id: str, when: str, *on: str) -> Callable[[Check], Check]:
    """Register a check under an id that never changes its meaning.

    Args:
        rule_id: TAP and three digits here; in a project's infra/rules.py other letters, as OWN101.
        when: a key of WHEN, which says what happens otherwise.
        on: the types of the resources that are checked, such as AWS::S3::Bucket; without any, the
            check gets the whole app.

    Raises:
        TypeError: a rule of this package is incomplete. One of a project is in REJECTED instead.
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
    """Every finding of every rule; what a rule can't judge is a finding as well."""
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
            except Exception as error:  # a rule that fails must not let the fault through
                reason = f"{type(error).__name__}: {error}".splitlines()[0]
                yield Finding(each, here, f"not judged: unexpected template ({reason})")
