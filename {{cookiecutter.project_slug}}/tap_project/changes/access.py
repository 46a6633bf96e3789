"""Access from outside the app's account that is new: guardrails, browsers, sign-in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tap_guardrails.acknowledgements import covers_finding
from tap_guardrails.model import App, NotJudged, Resource
from tap_guardrails.rule import Finding as Fault
from tap_guardrails.rule import judge
from tap_guardrails.rules import RULES
from tap_guardrails.rules.origins import CLIENT, HTTP, REST, allowed_origins
from tap_project.changes.pairs import Item, Pair, Unit
from tap_project.changes.report import Finding, Section

DOMAIN = "AWS::Cognito::UserPoolDomain"
# Anyone, other accounts, public providers and addresses, and APIs without authorization. TAP707 is
# about the app's own account.
OUTSIDE = frozenset({each for each in RULES if each.startswith("TAP70")} - {"TAP707"} | {"TAP504"})


def access_findings(before: App, after: App, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """Yield what outsiders can do after the change, and not before it.

    It is reported although it is acknowledged; `make check` refuses the rest.
    """
    former = {id(each.before.template): each for each in pairs if each.before}
    known = set()
    for fault in _faults(before):
        pair = former.get(id(_template(fault)))
        text = fault.message
        name = fault.logical_id
        if pair is not None and pair.after is not None:
            name = pair.renamed.get(name, name)
            known.add((fault.rule.id, pair.after.template.name, name, pair.adapted(text)))
    current = {id(each.after.template): each for each in pairs if each.after}
    for fault in _faults(after):
        key = (fault.rule.id, fault.template, fault.logical_id, fault.message)
        if key in known:
            continue
        pair = current.get(id(_template(fault)))
        path = pair.after.items[fault.logical_id].path if pair and pair.after else fault.path
        accepted = "acknowledged" if covers_finding(after, fault) else "not acknowledged"
        text = f"{path} {fault.detail} ({fault.rule.id}, {accepted})"
        yield Finding(Section.ACCESS, pair.environment if pair else "", text)


def browser_findings(pair: Pair) -> Iterator[Finding]:
    """Yield the pages that can use an API, and the sign-in of people, that are new."""
    known = set(_browsers(pair.before))
    for text in sorted(set(_browsers(pair.after)) - known):
        yield Finding(Section.ACCESS, pair.environment, text)


def _browsers(unit: Unit | None) -> Iterator[str]:
    for item in unit.items.values() if unit else ():
        try:
            yield from _uses(item)
        except NotJudged:  # not in the template
            continue


def _uses(item: Item) -> Iterator[str]:
    """Yield what browsers can do with a resource."""
    resource = item.resource
    if item.type in (REST, HTTP):
        for origin in allowed_origins(resource):
            yield f"{item.path} answers pages of {origin} (CORS)"
    elif item.type == DOMAIN:
        yield f"{item.path} is a sign-in page on the internet"
    elif item.type == CLIENT:
        for url in map(resource.template.text, resource.items("CallbackURLs")):
            yield f"{item.path} sends people who have signed in to {url}"


def _faults(app: App) -> Iterator[Fault]:
    for found in judge(app, rules=OUTSIDE):
        if isinstance(found, Fault):
            yield found


def _template(fault: Fault) -> object:
    return fault.subject.template if isinstance(fault.subject, Resource) else None
