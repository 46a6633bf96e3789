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
from tap_guardrails.rules import RULES
from tap_guardrails.verdict import Refusal, not_judged, refusals


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
            violations = [_violation(not_judged(reason))]
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)

    def _violations(self, context: cdk.IPolicyValidationContext) -> list[cdk.PolicyViolation]:
        root = context.app_construct
        if not isinstance(root, cdk.Stage):
            raise NotJudged("the app is not a cdk.App")
        app = App(Path(root.outdir), self._project, dict(root.node.get_all_context()))
        for entry in root.node.metadata:  # the assembly contains only the metadata below stacks
            if entry.type == "aws:cdk:acknowledged-rules":
                app.acknowledged += [("", rule, reason) for rule, reason in entry.data.items()]
        return [_violation(refusal) for refusal in refusals(app)]


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


def _violation(refusal: Refusal) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=refusal.rule,
        description=refusal.text,
        fix=refusal.fix,
        severity="fatal" if refusal.fatal else "error",  # fatal findings can't be acknowledged
        violating_resources=[_place(subject) for subject in refusal.subjects],
    )
