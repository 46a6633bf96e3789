"""The guardrails as a CDK validation plugin: they run at every synth, and any finding stops it.

    cdk.Validations.of(app).add_plugins(Guardrails(project_root))

An exception is an acknowledgement of one rule on one construct, with a reason:

    cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id="tap::TAP110", reason="..."))
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import aws_cdk as cdk
import jsii

from guardrails.model import App, NotJudged
from guardrails.rules import RULES, WHEN, Finding, Rule, judge

NAME = "tap"
PREFIX = f"{NAME}::"
NAG = re.compile(
    r"(?:Annotation::)?((?:AwsSolutions|Serverless|HIPAA|NIST|PCI)[^\[]*-([A-Za-z]+)\d*)(?:\[(.*)\])?$",
    re.DOTALL,
)
# Which resources a cdk-nag rule looks at, by the letters of its id; others are not judged here.
NAG_TYPES = {"APIG": "AWS::ApiGateway", "COG": ("AWS::ApiGateway", "AWS::Cognito"), "L": "AWS::Lambda::Function",
             "S": "AWS::S3::Bucket", "SNS": "AWS::SNS::Topic", "SQS": "AWS::SQS::Queue", "DDB": "AWS::DynamoDB",
             "IAM": "AWS::IAM", "VPC": "AWS::EC2", "EC": "AWS::EC2", "KMS": "AWS::KMS::Key"}  # fmt: skip


def acknowledgement_faults(app: App, findings: list[Finding]) -> Iterator[tuple[str, str]]:
    """Acknowledgements that are too wide, unexplained or no longer needed."""
    for path, qualified, reason in app.acknowledged:
        rule_id = qualified.removeprefix(PREFIX)
        nag = NAG.match(qualified)
        if qualified == rule_id and not nag:
            continue
        name = nag.group(1) if nag else rule_id
        if not str(reason).strip():
            yield (
                path,
                f"the acknowledgement of {name} has no reason: say why the finding is acceptable here",
            )
        if path in app.roots:
            yield (
                path or "app",
                f"the acknowledgement of {name} covers a whole stack: acknowledge it on one construct",
            )
        elif not nag and rule_id not in RULES:
            yield path, f"the acknowledgement names {rule_id!r}, which is no rule; try make rules"
        elif not nag and not any(
            f.rule.id == rule_id and f"{f.path}/".startswith(f"{path}/") for f in findings
        ):
            yield path, f"the acknowledgement of {name} matches nothing any more: remove it"
        elif nag and not nag_needs(app, path, nag.group(2), nag.group(3)):
            yield (
                path,
                f"the acknowledgement of {qualified.removeprefix('Annotation::')} matches nothing any more: remove it",
            )


def nag_needs(app: App, path: str, letters: str, finding: str | None) -> bool:
    """Whether cdk-nag could still find what is acknowledged: the resource is there, and the wildcard or policy too."""
    types = NAG_TYPES.get(letters, "")
    below = [
        r
        for r in app.resources("*")
        if f"{r.path}/".startswith(f"{path}/") and r.type.startswith(types)
    ]
    kind, _, value = (finding or "").partition("::")
    if kind not in {"Action", "Resource", "Policy"}:
        return bool(below)
    return any(value in set(_flat(r.properties)) for r in below)


def _flat(value: object) -> Iterator[str]:
    """Texts as cdk-nag writes them: <LogicalId.Arn> for a reference."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        for kind, argument in value.items():
            if kind == "Fn::Join":
                yield str(argument[0]).join(next(_flat(part), "") for part in argument[1])
            elif kind in {"Ref", "Fn::GetAtt"}:
                yield f"<{'.'.join(argument) if isinstance(argument, list) else argument}>"
            elif kind == "Fn::Sub" and isinstance(argument, str):
                yield re.sub(r"\$\{([^}]*)\}", r"<\1>", argument)
            else:
                yield from _flat(argument)


@jsii.implements(cdk.IPolicyValidationPlugin)
class Guardrails:
    """Judges everything that a synth wrote; what it can't judge fails."""

    def __init__(self, project: Path | None = None) -> None:
        self._project = project

    @property
    def name(self) -> str:
        return NAME

    @property
    def version(self) -> str:
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        return list(RULES)

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Report every finding; a report, even about what went wrong here, and never an exception."""
        try:
            violations = self._violations(context)
        except Exception as error:
            reason = (
                str(error) if isinstance(error, NotJudged) else f"{type(error).__name__}: {error}"
            )
            violations = [
                _violation(
                    "TAP002",
                    f"TAP002 Not judged: {reason}".splitlines()[0],
                    ["app"],
                    severity="fatal",
                )
            ]
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)

    def _violations(self, context: cdk.IPolicyValidationContext) -> list[cdk.PolicyViolation]:
        root = context.app_construct
        if not isinstance(root, cdk.Stage):
            raise NotJudged("the app is no cdk.App")
        app = App(Path(root.outdir), self._project, dict(root.node.get_all_context()))
        app.acknowledged += [("", rule, reason) for entry in root.node.metadata
                             if entry.type == "aws:cdk:acknowledged-rules" for rule, reason in entry.data.items()]  # fmt: skip
        findings = list(judge(app))
        same: dict[tuple[Rule, str], list[Finding]] = {}
        for each in findings:
            same.setdefault((each.rule, each.detail), []).append(each)
        found = [
            _violation(rule.id, _text(rule, detail), group, fix=f"{rule.fix}\n{rule.evidence}")
            for (rule, detail), group in same.items()
        ]
        faults = acknowledgement_faults(app, findings)
        return found + [
            _violation("TAP001", f"TAP001 {text}.", [path], severity="fatal")
            for path, text in faults
        ]


def _text(rule: Rule, detail: str) -> str:
    """What is wrong, what the rule is, and what happens otherwise."""
    return f"{rule.id} {detail[:1].upper()}{detail[1:]}. {rule.title} Otherwise {WHEN[rule.when]}: {rule.why}"


def _place(where: Finding | str) -> cdk.PolicyViolatingResource:
    if isinstance(where, str):
        return cdk.PolicyViolatingResource(locations=[], construct_path=where)
    if isinstance(where.subject, str):
        return cdk.PolicyViolatingResource(locations=[], construct_path=where.subject)
    file = str(where.subject.template.file)
    return cdk.PolicyViolatingResource(
        locations=[], resource_logical_id=where.subject.id, template_path=file
    )


def _violation(
    rule_id: str,
    text: str,
    places: Sequence[Finding | str],
    *,
    severity: str = "error",
    fix: str | None = None,
) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        rule_name=rule_id,
        description=text,
        fix=fix,
        severity=severity,
        violating_resources=[_place(place) for place in places],
    )
