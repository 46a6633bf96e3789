"""The register of rules, and how they are run.

A rule is a function that looks at one resource (or, without `on`, at the whole app) and yields
what is wrong: a sentence about that resource, or a pair of another resource and a sentence. Its
docstring is its documentation: the first line is the title, then what happens, then, indented, the
fix.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from guardrails.model import App, Elsewhere, NotJudged, Resource

Check = Callable[[Any], Iterable[str | tuple[Resource | str, str]]]
WHEN = {
    "deploy": "the deployment fails",
    "run": "the service fails while it runs",
    "silent": "nobody notices",
    "cost": "the bill grows",
    "security": "others may read or change what they should not",
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


def rule(rule_id: str, when: str, *on: str) -> Callable[[Check], Check]:
    """Register a check under an id that never changes its meaning."""

    def register(check: Check) -> Check:
        title, _, rest = inspect.cleandoc(check.__doc__ or "").partition("\n\n")
        text, _, fix = rest.partition("\n\n    ")
        why, _, evidence = text.rpartition("\n")
        if not (why and fix and evidence.startswith("https://")) or rule_id in RULES:
            raise TypeError(
                f"rule {rule_id} needs a new id, and a title, a reason, a link and a fix"
            )
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
            except Elsewhere:
                continue
            except NotJudged as unknown:
                yield Finding(each, here, f"not judged: {app.readable(str(unknown))}")
            except Exception as error:  # a rule that fails must not let the fault through
                reason = f"{type(error).__name__}: {error}".splitlines()[0]
                yield Finding(each, here, f"not judged: unexpected template ({reason})")
