"""Register and run rules.

A rule is a function that checks one resource (or, without `on`, the whole app) and yields its
findings: a sentence about that resource, a pair of another resource and a sentence, or a Fault,
which also has the fix for this resource. Its docstring is its documentation: the title on the
first line, the consequence, known limits, a link and the indented fix.

The rules of a project are in its infra/rules.py. Their IDs consist of capital letters and three
digits, such as OWN101, and do not start with TAP.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tap_guardrails import SITE
from tap_guardrails.model import App, MissingHandler, NotJudged, Resource
from tap_guardrails.values import Intrinsic

WHEN = {
    "deploy": "the deployment fails",
    "run": "the service fails while it runs",
    "silent": "the fault stays unnoticed",
    "cost": "the cost increases",
    "security": "others can read or change data or permissions",
}
PROFILES = ("core", "house")
"""`core`: wrong in any CDK app; `house`: a convention of the projects of this template."""


class Fault(NamedTuple):
    """A finding of a rule, with the fix for this resource instead of the rule's general one.

    Args:
        subject: the resource, or a file or a stack.
        detail: a sentence about the subject.
        fix: CDK code.
    """

    subject: Resource | str
    detail: str
    fix: str | None = None


Check = Callable[[Any], Iterable[str | tuple[Resource | str, str] | Fault]]


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
    limits: str
    profile: str
    since: str

    @property
    def page(self) -> str:
        """The address of the rule's page; of a project's own rule, its source."""
        return page_of(self.id) or self.evidence


@dataclass(frozen=True)
class Finding:
    """A finding of a rule about a resource or a file of the project."""

    rule: Rule
    subject: Resource | str
    detail: str
    fix: str

    @property
    def path(self) -> str:
        """The construct path, or the file."""
        return self.subject if isinstance(self.subject, str) else self.subject.path

    @property
    def template(self) -> str:
        """The file name of the subject's template, or '' for a file of the project."""
        return "" if isinstance(self.subject, str) else self.subject.template.name

    @property
    def logical_id(self) -> str:
        """The logical ID of the resource, or '' for a file of the project."""
        return "" if isinstance(self.subject, str) else self.subject.id

    @property
    def message(self) -> str:
        """The fault and its consequence."""
        detail = self.detail
        if not isinstance(self.subject, str) and WORD.match(detail):
            detail = f"{detail[:1].upper()}{detail[1:]}"
        return f"{detail}: {WHEN[self.rule.when]}" if self.rule.when else detail


@dataclass
class Note:
    """A subject that rules can't judge, and the reason.

    Args:
        template: file name of the template, or '' for the app.
        subject: construct path, or what is unknown.
        reason: the value that is unknown.
        rules: the IDs of the rules that need it.
        resource: the subject, if it is a resource.
        construct: the construct path, if the subject has one.
    """

    template: str
    subject: str
    reason: str
    rules: set[str] = field(default_factory=set)
    resource: Resource | None = None
    construct: str = ""


RULES: dict[str, Rule] = {}
REJECTED: list[str] = []
"""Errors in the project's own rules. They fail the synth."""

# The start of a sentence that is a word, and no name of a file or an action.
WORD = re.compile(r"[a-z]+(?= )")
PACKAGE = __name__.partition(".")[0]
OWN_ID = re.compile(r"(?!TAP)[A-Z]{2,8}\d{3}")
PUBLISHED = re.compile(r"TAP\d{3}")


def page_of(rule_id: str) -> str:
    """Return the address of a rule's page on the documentation site, or '' if it has none."""
    return f"{SITE}/rules/{rule_id}/" if PUBLISHED.fullmatch(rule_id) else ""


def rule(
    rule_id: str, when: str, *on: str, profile: str = "core", since: str = "1.0.0"
) -> Callable[[Check], Check]:
    """Register a check under an ID whose meaning never changes.

    Args:
        rule_id: TAP and three digits; in a project's infra/rules.py other letters, such as OWN101.
        when: a key of WHEN, which describes the consequence.
        on: the resource types to check, such as AWS::S3::Bucket; if omitted, the check receives
            the whole app.
        profile: one of PROFILES.
        since: the first release with this rule.

    Raises:
        TypeError: a rule of this package is incomplete. A project's rule is added to REJECTED.
    """

    def register(check: Check) -> Check:
        title, _, rest = inspect.cleandoc(check.__doc__ or "").partition("\n\n")
        text, _, fix = rest.partition("\n\n    ")
        why, _, evidence = text.rpartition("\n")
        why, _, limits = " ".join(why.split()).partition("Limits: ")
        own = check.__module__.partition(".")[0] != PACKAGE
        problem = ""
        if own and not OWN_ID.fullmatch(rule_id):
            problem = "needs an id of capital letters and three digits, not TAP; try 'OWN101'"
        elif when not in WHEN:
            problem = f"happens {when!r}; try one of {', '.join(map(repr, WHEN))}"
        elif profile not in PROFILES:
            problem = f"has the profile {profile!r}; try 'core' or 'house'"
        elif not (why and fix and evidence.startswith("https://")) or rule_id in RULES:
            problem = "needs a new id, and a title, a reason, a link and a fix"
        if problem and own:
            file = check.__module__.replace(".", "/")
            REJECTED.append(f"{file}.py: rule {rule_id!r} {problem}")
        elif problem:
            raise TypeError(f"rule {rule_id} {problem}")
        else:
            RULES[rule_id] = Rule(
                id=rule_id,
                when=when,
                evidence=evidence,
                on=on,
                check=check,
                title=title,
                why=why.strip(),
                fix=inspect.cleandoc("    " + fix),
                limits=limits,
                profile=profile,
                since=since,
            )
        return check

    return register


def judge(
    app: App, profile: str = "house", rules: Collection[str] | None = None
) -> Iterator[Finding | Note]:
    """Yield the findings of a profile's rules, and a note for each subject they can't judge.

    Args:
        app: the cloud assembly.
        profile: one of PROFILES.
        rules: the IDs of the rules, if not all of the profile.
    """
    for each in [*RULES.values()]:
        if rules is not None and each.id not in rules:
            continue
        if profile == "house" or each.profile == "core":
            yield from _run(each, app)


def _run(each: Rule, app: App) -> Iterator[Finding | Note]:
    try:
        subjects: list[Resource | App] = list(app.resources(*each.on)) if each.on else [app]
    except NotJudged as unknown:
        yield _note(each, app, app, unknown)
        return
    for subject in subjects:
        try:
            for found in each.check(subject):
                yield _finding(each, app, subject, found)
        except MissingHandler:
            continue
        except NotJudged as unknown:
            yield _note(each, app, subject, unknown)
        except Exception as error:  # a failing rule must not hide a fault
            yield _note(each, app, subject, NotJudged(_unexpected(error)))


def _unexpected(error: Exception) -> str:
    """Return the reason of a note for an error in a rule."""
    if isinstance(error, TypeError) and Intrinsic.__name__ in str(error):
        return "a property is an intrinsic function; write the value in the app"
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"a property has an unexpected type ({reason})"


def _finding(
    each: Rule, app: App, subject: Resource | App, found: str | tuple[Any, ...]
) -> Finding:
    here = subject if isinstance(subject, Resource) else "app"
    fault = Fault(here, found) if isinstance(found, str) else Fault(*found)
    detail = app.readable(fault.detail)
    if isinstance(fault.subject, Resource):
        fault.subject.is_read = True
        detail = app.relative(detail, fault.subject.template)
    fix = fault.fix or each.fix
    if isinstance(fault.subject, Resource):
        fix = for_type(fix, fault.subject.type)
    return Finding(each, fault.subject, detail, fix)


def for_type(fix: str, kind: str) -> str:
    """Return a fix with the alternative for a resource type first.

    Alternatives are separated by lines such as `# or, for a table`.
    """
    parts = re.split(r"^(# or.*)$", fix, flags=re.MULTILINE)
    word = kind.rpartition("::")[2].lower()
    for number in range(1, len(parts), 2):
        if re.search(rf"\b{re.escape(word)}\b", parts[number].lower()):
            others = "".join([*parts[:number], *parts[number + 2 :]])
            return f"{parts[number + 1].strip()}\n# or\n{others.strip()}"
    return fix


def _note(each: Rule, app: App, subject: Resource | App, unknown: NotJudged) -> Note:
    about = unknown.subject or (subject if isinstance(subject, Resource) else "app")
    reason = app.readable(str(unknown))
    if isinstance(about, str):
        return Note("", app.readable(about), reason, {each.id})
    reason = app.relative(reason, about.template)
    return Note(about.template.name, about.path, reason, {each.id}, about, about.path)
