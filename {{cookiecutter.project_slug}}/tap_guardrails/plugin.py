"""The guardrails as a CDK validation plugin: they run at every synth, and any finding fails it.

    cdk.Validations.of(app).add_plugins(Guardrails(project_root))

An exception is an acknowledgement of one rule on one construct, with a reason:

    cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id="tap::TAP110", reason="..."))
"""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import jsii

from tap_guardrails import __version__
from tap_guardrails.acknowledgements import NAME
from tap_guardrails.model import App, NotJudged, Resource
from tap_guardrails.rules import RULES, Finding, Note
from tap_guardrails.verdict import ACKNOWLEDGEMENTS, NOT_JUDGED, verdict


@jsii.implements(cdk.IPolicyValidationPlugin)
class Guardrails:
    """Checks the complete output of a synth. Anything that can't be checked fails the synth."""

    def __init__(self, project: Path | None = None) -> None:
        self._project = project

    @property
    def name(self) -> str:
        return NAME

    @property
    def version(self) -> str:
        return __version__

    @property
    def rule_ids(self) -> list[str]:
        return list(RULES)

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Report every finding, including errors of this plugin; never raise."""
        try:
            violations = self._violations(context)
        except Exception as error:
            reason = (
                str(error) if isinstance(error, NotJudged) else f"{type(error).__name__}: {error}"
            )
            violations = [_unjudged([Note("", "app", reason)])]
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)

    def _violations(self, context: cdk.IPolicyValidationContext) -> list[cdk.PolicyViolation]:
        root = context.app_construct
        if not isinstance(root, cdk.Stage):
            raise NotJudged("the app is not a cdk.App")
        app = App(Path(root.outdir), self._project, dict(root.node.get_all_context()))
        for entry in root.node.metadata:  # the assembly contains only the metadata below stacks
            if entry.type == "aws:cdk:acknowledged-rules":
                app.acknowledged += [("", rule, reason) for rule, reason in entry.data.items()]
        found = verdict(app, keep_acknowledged=True)  # the CDK drops what is acknowledged
        alike: dict[tuple[str, str, str, str], list[Finding]] = {}
        for each in found.findings:
            about = each.subject if isinstance(each.subject, str) else ""
            alike.setdefault((each.rule.id, about, each.message, each.fix), []).append(each)
        unknown: dict[tuple[str, str], list[Note]] = {}
        for note in found.not_judged:
            about = "" if note.construct else note.subject
            unknown.setdefault((about, note.reason), []).append(note)
        return [*map(_violation, alike.values()), *map(_unjudged, unknown.values())]


def _place(subject: Resource | str) -> cdk.PolicyViolatingResource:
    """Return the location of a finding for the report.

    A finding outside a stack has no path: the CDK CLI drops findings with a path outside the
    stacks, and keeps those without a path.
    """
    if isinstance(subject, str):
        return cdk.PolicyViolatingResource(locations=[], construct_path=subject)
    return cdk.PolicyViolatingResource(
        locations=[], resource_logical_id=subject.id, template_path=str(subject.template.file)
    )


def _violation(findings: list[Finding]) -> cdk.PolicyViolation:
    """Return the violation for findings of the same rule with the same text."""
    first = findings[0]
    resources = [each.subject for each in findings if isinstance(each.subject, Resource)]
    text = first.message
    places: list[Resource | str] = [*resources]
    if isinstance(first.subject, str) and first.rule is ACKNOWLEDGEMENTS:
        places = [first.subject]
    elif isinstance(first.subject, str):
        text = f"{first.subject}: {text}"
    return cdk.PolicyViolation(
        rule_name=first.rule.id,
        description=f"{first.rule.id} {text}",
        fix=f"{first.fix}\n# {first.rule.page}" if first.fix else None,
        # Fatal findings can't be acknowledged.
        severity="fatal" if first.rule is ACKNOWLEDGEMENTS else "error",
        violating_resources=[_place(place) for place in places or [""]],
    )


def _unjudged(notes: list[Note]) -> cdk.PolicyViolation:
    """Return the violation for subjects that can't be judged for the same reason."""
    first = notes[0]
    rules = sorted({rule for note in notes for rule in note.rules})
    needed = f" (needed by {', '.join(rules)})" if rules else ""
    places: list[Resource | str] = [
        note.resource or note.construct for note in notes if note.construct
    ]
    about = "" if places else f"{first.subject}: "
    return cdk.PolicyViolation(
        rule_name=NOT_JUDGED.id,
        description=f"{NOT_JUDGED.id} {about}Not judged: {first.reason}{needed}",
        fix=NOT_JUDGED.fix,
        severity="error",
        violating_resources=[_place(place) for place in places or [""]],
    )
