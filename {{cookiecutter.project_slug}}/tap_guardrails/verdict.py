"""The verdict on a cloud assembly, as data for the CDK plugin and the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tap_guardrails.acknowledgements import acknowledgement_faults, covers_finding, covers_note
from tap_guardrails.model import App
from tap_guardrails.rule import REJECTED, Finding, Note, Rule, judge

# Not rules that check a resource, so they are not in RULES.
ACKNOWLEDGEMENTS = Rule(
    id="TAP001",
    when="",
    evidence="https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html",
    on=(),
    check=lambda _: (),
    title="Acknowledgements are explained, narrow and needed.",
    why="An acknowledgement without a finding hides the next fault of the same kind.",
    fix='cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id="tap::TAP110", reason=WHY))',
    limits="Acknowledgements of the CDK's own validation are not checked for being needed.",
    profile="house",
    since="1.0.0",
)
NOT_JUDGED = Rule(
    id="TAP002",
    when="",
    evidence="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html",
    on=(),
    check=lambda _: (),
    title="The values that rules need are known at synth.",
    why="Rules can't check a value that only CloudFormation knows.",
    fix="# write the value in the app, or\n"
    'cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id="tap::TAP002", reason=WHY))',
    limits="A value is reported once, with all rules that need it.",
    profile="house",
    since="1.0.0",
)
# The CDK's own record of a stack, which is no resource.
UNCOUNTED = ("AWS::CDK::Metadata",)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many resources the rules read, and the types of the others."""

    resources: int
    without_rule: int
    types_without_rule: list[str]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Findings, subjects that can't be judged, and coverage; without what is acknowledged."""

    findings: list[Finding]
    not_judged: list[Note]
    coverage: Coverage


def verdict(app: App, profile: str = "house", *, keep_acknowledged: bool = False) -> Verdict:
    """Judge an app.

    Args:
        app: the cloud assembly.
        profile: one of PROFILES.
        keep_acknowledged: whether to report what is acknowledged as well, because the caller, like
            the CDK, drops it.
    """
    findings: list[Finding] = []
    notes: dict[tuple[str, str, str], Note] = {}
    for each in [*judge(app, profile), *_unread(app)]:
        if isinstance(each, Finding):
            findings.append(each)
        else:
            same = notes.setdefault((each.template, each.subject, each.reason), each)
            same.rules |= each.rules
    faults = (
        [*acknowledgement_faults(app, findings, [*notes.values()])] if profile == "house" else []
    )
    if not keep_acknowledged:
        findings = [each for each in findings if not covers_finding(app, each)]
    return Verdict(
        findings=[*findings, *(Finding(ACKNOWLEDGEMENTS, *each) for each in faults)],
        not_judged=[n for n in notes.values() if keep_acknowledged or not covers_note(app, n)],
        coverage=coverage(app),
    )


def _unread(app: App) -> Iterator[Note]:
    """Yield what could not be read at all: rejected rules, templates, nested stacks."""
    for problem in REJECTED:
        yield Note("", problem.partition(": ")[0], problem.partition(": ")[2])
    for name, reason in app.not_judged:
        stack = next((path for path, template in app.stacks.items() if template == name), "")
        place = stack or (name if app.in_stack(name) else "")
        yield Note(name if stack else "", stack or name, reason, construct=place)


def coverage(app: App) -> Coverage:
    """Return how many resources the rules read. Call it after `judge`."""
    resources = [
        each
        for template in app.templates
        for each in template.resources.values()
        if each.type not in UNCOUNTED
    ]
    unread = Counter(each.type for each in resources if not each.is_read)
    return Coverage(
        resources=len(resources),
        without_rule=sum(unread.values()),
        types_without_rule=sorted(unread),
    )
