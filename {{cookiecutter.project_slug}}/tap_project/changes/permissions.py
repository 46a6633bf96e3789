"""Permissions of roles, and policies of resources, that widen or narrow: in words.

Statements are evaluated as in the guardrails (tap_guardrails.policy), so that two spellings of the
same permission are no change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tap_guardrails import policy
from tap_guardrails.model import App, Resource
from tap_guardrails.policy import Statement
from tap_guardrails.values import NotJudged
from tap_project.changes import grants
from tap_project.changes.pairs import Item, Pair
from tap_project.changes.report import Finding, Section

IDENTITIES = frozenset({"AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::User"})
PROTECTED = frozenset({*policy.ATTACHED, *policy.EMBEDDED})
TRUST = "AssumeRolePolicyDocument"
Reader = Callable[[Resource], list[Statement]]


def permission_findings(pair: Pair) -> Iterator[Finding]:
    """Yield the permissions of one template's roles and resources that change."""
    for old, new in pair.both():
        if old.type != new.type:
            continue
        for read, verbs in _policies(old.type):
            yield from _compared(pair, old, new, read, verbs)
    for new in pair.added() if pair.before else ():
        for read, verbs in _policies(new.type) if new.type in IDENTITIES else ():
            yield from _compared(pair, None, new, read, verbs)
    for old in pair.gone() if pair.after else ():
        if old.type in IDENTITIES:
            text = f"{old.path} is deleted"
            yield Finding(Section.NARROWER, pair.environment, text)


def _policies(kind: str) -> list[tuple[Reader, tuple[str, str]]]:
    """Return how a type's policies are read, with the verbs for more and for less."""
    if kind in IDENTITIES:
        found: list[tuple[Reader, tuple[str, str]]] = [(of_identity, ("may now", "may no longer"))]
        trust = (_trust, ("may now assume it:", "may no longer assume it:"))
        return [*found, *([trust] if kind == "AWS::IAM::Role" else [])]
    return [(of_resource, ("may now", "may no longer"))] if kind in PROTECTED else []


def of_identity(role: Resource) -> list[Statement]:
    """Return what the policies of a role, user or group, and those of resources, say about it.

    Raises:
        NotJudged: only CloudFormation knows a value.
    """
    found = policy.of_role(role)
    for resource, each in policy.granted_to(role):
        own = resource.arns[0]
        places = tuple(own if place == "*" else place for place in each.resources) or (own,)
        found.append(replace(each, principals=(), resources=places))
    return found


def of_resource(resource: Resource) -> list[Statement]:
    """Return the statements on a resource, without those about roles of the app.

    Raises:
        NotJudged: only CloudFormation knows a value.
    """
    roles = resource.app.remembered(_identities)
    found = []
    for each in policy.on_resource(resource):
        others = tuple(name for name in each.principals if name not in roles)
        if others or not each.principals:
            found.append(replace(each, principals=others))
    return found


def _identities(app: App) -> frozenset[str]:
    return frozenset(arn for role in app.resources(*IDENTITIES) for arn in role.arns)


def _trust(role: Resource) -> list[Statement]:
    document = role.get(TRUST)
    return policy.statements(role, document) if document else []


def _compared(
    pair: Pair, old: Item | None, new: Item, read: Reader, verbs: tuple[str, str]
) -> Iterator[Finding]:
    name = new.path if old else f"{new.path} (new)"
    try:
        before = [_adapted(each, pair) for each in read(old.resource)] if old else []
        after = read(new.resource)
        attached = (
            [_attached(old, pair), _attached(new, None)] if read is of_identity else [set(), set()]
        )
    except NotJudged as reason:
        text = f"the permissions of {name}: {reason}"
        yield Finding(Section.UNKNOWN, pair.environment, text)
        return
    more = [*grants.in_words(_readable(pair, grants.gained(before, after)), verbs[0])]
    less = [*grants.in_words(_readable(pair, grants.gained(after, before)), verbs[1])]
    more += [f"gets {each}" for each in sorted(attached[1] - attached[0])]
    less += [f"loses {each}" for each in sorted(attached[0] - attached[1])]
    if read is of_resource:
        more += [f"no longer denies {each}" for each in _denials(pair, before, after)]
        less += [f"now denies {each}" for each in _denials(pair, after, before)]
    if read is of_identity:
        former, boundary = _boundary(old, pair), _boundary(new, None)
        if former and former != boundary:
            more.append(f"is no longer limited by the permissions boundary {former}")
        if boundary and boundary != former:
            less.append(f"is limited by the permissions boundary {boundary}")
    for section, texts in ((Section.WIDER, more), (Section.NARROWER, less)):
        for text in texts:
            yield Finding(section, pair.environment, f"{name}: {text}")


def _adapted(statement: Statement, pair: Pair) -> Statement:
    """Return a statement of the former template with the names of the new one."""

    def texts(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(pair.adapted, values))

    return replace(
        statement,
        resources=texts(statement.resources),
        not_resources=texts(statement.not_resources),
        principals=texts(statement.principals),
        condition={
            operator: {key: texts(values) for key, values in tests.items()}
            for operator, tests in statement.condition.items()
        },
    )


def _attached(item: Item | None, pair: Pair | None) -> set[str]:
    """Return the managed policies outside the app that a role has, whose statements are unknown."""
    if item is None:
        return set()
    role = item.resource
    found = set()
    for value in role.items("ManagedPolicyArns"):
        text = role.template.text(value)
        if role.app.named(text) is None:
            name = text.partition(":policy/")[2] or text
            found.add(f"the managed policy {pair.adapted(name) if pair else name}")
    return found


def _boundary(item: Item | None, pair: Pair | None) -> str:
    text = item.resource.text("PermissionsBoundary") if item else ""
    return pair.adapted(text) if pair else text


def _denials(pair: Pair, before: Sequence[Statement], after: Sequence[Statement]) -> list[str]:
    """Return what statements deny before a change, and not after it."""
    allowed = [
        [replace(each, effect="Allow") for each in side if each.effect == "Deny"]
        for side in (before, after)
    ]
    found = _readable(pair, grants.gained(allowed[1], allowed[0]))
    return [*grants.in_words(found, "")]


def _readable(pair: Pair, found: Sequence[grants.Grant]) -> list[grants.Grant]:
    def words(text: str) -> str:
        return "this account" if text == "${AWS::AccountId}" else pair.words(text)

    return [
        grants.Grant(
            words(each.principal),
            each.action,
            words(each.resource),
            tuple(
                (operator, key, tuple(map(words, values)))
                for operator, key, values in each.condition
            ),
        )
        for each in found
    ]
