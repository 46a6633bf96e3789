"""Refusals of a cloud assembly, as data for the CDK plugin and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tap_guardrails.acknowledgements import acknowledgement_faults, is_acknowledged
from tap_guardrails.model import App, Resource
from tap_guardrails.rule import REJECTED
from tap_guardrails.rules import WHEN, Finding, judge


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A fault of one or more constructs, and its fix.

    Args:
        rule: ID of the rule.
        text: the fault, the rule and the consequence; it starts with the ID.
        subjects: resources, or the path of a construct, or '' if there is no construct.
        fix: the fix as code and a link, or None if the text contains it.
        fatal: whether it can't be acknowledged.
    """

    rule: str
    text: str
    subjects: tuple[Resource | str, ...] = ("",)
    fix: str | None = None
    fatal: bool = False


def refusals(app: App, *, without_acknowledged: bool = False) -> Iterator[Refusal]:
    """Yield all refusals: what can't be judged, findings, and invalid acknowledgements.

    The CDK itself drops acknowledged findings; other callers set `without_acknowledged`.
    """
    yield from map(not_judged, REJECTED)
    for name, reason in app.not_judged:
        yield not_judged(f"{name}: {reason}")
    findings = list(judge(app))
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for each in findings:
        if not (without_acknowledged and is_acknowledged(app, each)):
            about = each.subject if isinstance(each.subject, str) else ""
            alike.setdefault((each.rule.id, about, each.detail), []).append(each)
    yield from map(_refusal, alike.values())
    for path, text in acknowledgement_faults(app, findings):
        place = path if app.in_stack(path) else ""
        yield Refusal(rule="TAP001", text=f"TAP001 {text}", subjects=(place,), fatal=True)


def not_judged(reason: str) -> Refusal:
    """Return the refusal for a subject that can't be judged."""
    text = f"TAP002 Not judged: {reason}".splitlines()[0]
    return Refusal(rule="TAP002", text=text, fatal=True)


def _refusal(findings: Sequence[Finding]) -> Refusal:
    """Return the refusal for findings of the same rule with the same text."""
    rule, subject, detail = findings[0].rule, findings[0].subject, findings[0].detail
    if isinstance(subject, str):
        about = f"{subject}: {detail}"
    else:
        about = f"{detail[:1].upper()}{detail[1:]}"
    return Refusal(
        rule=rule.id,
        text=f"{rule.id} {about}. {rule.title} Otherwise {WHEN[rule.when]}: {rule.why}",
        subjects=tuple(each.subject for each in findings if isinstance(each.subject, Resource))
        or ("",),
        fix=f"{rule.fix}\n{rule.evidence}",
    )
