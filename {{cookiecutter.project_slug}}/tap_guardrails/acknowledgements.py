"""Acknowledgements: the findings that they cover, and the invalid ones (TAP001).

An acknowledgement is an exception from one rule on one construct, with a reason. It covers the
construct and its children.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tap_guardrails.model import App, Conditional, NotJudged
from tap_guardrails.rules import RULES, Finding

NAME = "tap"
PREFIX = f"{NAME}::"
OURS = re.compile(r"tap::.*|(?:[^:]*::)?tap\d*", re.IGNORECASE | re.DOTALL)
NAG = re.compile(r"(?:Annotation::)?AwsSolutions-(([A-Z]+)\d+)(?:\[(.*)\])?", re.DOTALL)
LIKE_NAG = re.compile(r"(?:[^:]*::)?aws-?solutions?\b.*", re.IGNORECASE | re.DOTALL)
# The AwsSolutions rules of cdk-nag 3.0.2.
NAG_RULES = re.compile(
    r"""
    AEC[13456]| APIG[12346]| AS[123]| ASC3| C91| CB[45]| CFR[1234567]| COG[12478]| DDB[34]|
    DOC[12345]| EB[134]| EC(23|26|27|28|29)| ECR1| ECS[247]| EFS1| EKS[12]| ELB[12345]|
    EMR[2456]| EVB1| GL[13]| IAM[45]| KDA3| KDF1| KDS[13]| KMS5| L1| LEX4| MS([13478]|10)|
    MSK[236]| N[12345]| OS[12345789]| QS1| RDS([2368]|10|11|13|14|16)| RS([12345689]|10|11)|
    S([125]|10)| SF[12]| SM[123]| SMG4| SNS3| SQS[234]| TS3| VPC[37]
    """,
    re.VERBOSE,
)
# The resource types that an AwsSolutions rule of cdk-nag checks, by the letters of its ID.
NAG_TYPES: dict[str, tuple[str, ...]] = {
    "APIG": ("AWS::ApiGateway",),
    "COG": ("AWS::ApiGateway", "AWS::Cognito"),
    "DDB": ("AWS::DynamoDB",),
    "EC": ("AWS::EC2",),
    "IAM": ("AWS::IAM",),
    "KMS": ("AWS::KMS::Key",),
    "L": ("AWS::Lambda::Function",),
    "S": ("AWS::S3::Bucket",),
    "SNS": ("AWS::SNS::Topic",),
    "SQS": ("AWS::SQS::Queue",),
    "VPC": ("AWS::EC2",),
}
# CDK itself acknowledges these on a whole stack. Each reason starts with this text.
BY_THE_CDK = {
    "CloudFormation-Validate::W2506": "SSM parameter is typed as String",
    "CloudFormation-Validate::W3010": "Literal AZs in template",
    "CloudFormation-Validate::W9009": "action is deprecated",
    "CloudFormation-Validate::W9010": "The AMI ID is resolved from a synth-time lookup",
}


def acknowledgement_faults(app: App, findings: list[Finding]) -> Iterator[tuple[str, str]]:
    """Yield acknowledgements that are too broad, unexplained or no longer needed.

    Unused acknowledgements are detected for our rules and for cdk-nag's, not for the CDK's own.
    """
    for path, qualified, reason in app.acknowledged:
        if path in app.stacks and str(reason).startswith(BY_THE_CDK.get(qualified, ())):
            continue
        name = qualified.removeprefix("Annotation::").removeprefix(PREFIX)
        here = f"{path or 'the app'}: the acknowledgement of {name}"
        if not str(reason).strip():
            yield path, f"{here} has no reason: explain why the finding is acceptable"
        if path in app.roots:
            yield path, f"{here} covers a whole stack: acknowledge it on one construct"
        elif fault := _mismatch(app, findings, path, qualified):
            yield path, f"{here} {fault}"
    for place, node in app.source:
        if isinstance(node, ast.Attribute) and node.attr == "acknowledge_warning":
            yield (
                "",
                f"{place}: acknowledge_warning records no reason: use cdk.Validations.of(construct)"
                ".acknowledge",
            )


def _mismatch(app: App, findings: list[Finding], path: str, qualified: str) -> str | None:
    """Return the reason why an acknowledgement matches no rule or finding, or None."""
    if OURS.fullmatch(qualified):
        rule_id = qualified.removeprefix(PREFIX)
        if not qualified.startswith(PREFIX) or rule_id not in RULES:
            return f"names no rule; write {PREFIX} and an id of make rules"
        found = found_below(findings, path, rule_id)
    elif LIKE_NAG.fullmatch(qualified):
        nag = NAG.fullmatch(qualified)
        if not nag or not NAG_RULES.fullmatch(nag.group(1)):
            return "names no rule of cdk-nag; see NAG_RULES in tap_guardrails/acknowledgements.py"
        found = nag_finds(app, path, nag)
    else:
        return None
    return None if found or app.unread(path) else "matches nothing any more: remove it"


def is_acknowledged(app: App, finding: Finding) -> bool:
    """Return whether an acknowledgement covers a finding; one on a whole stack covers nothing."""
    return not isinstance(finding.subject, str) and any(
        qualified == f"{PREFIX}{finding.rule.id}"
        and path not in app.roots
        and found_below([finding], path, finding.rule.id)
        for path, qualified, _ in app.acknowledged
    )


def found_below(findings: list[Finding], path: str, rule_id: str) -> bool:
    """Return whether a rule has a finding on a construct or one of its children."""
    return any(f.rule.id == rule_id and f"{f.path}/".startswith(f"{path}/") for f in findings)


def nag_finds(app: App, path: str, nag: re.Match[str]) -> bool:
    """Return whether cdk-nag could still report the acknowledged finding.

    The resource must exist, and so must the action, resource or policy that the finding names.
    """
    types = NAG_TYPES.get(nag.group(2), ("AWS::",))
    below = [r for r in app.resources("*") if f"{r.path}/".startswith(f"{path}/")]
    below = [r for r in below if r.type.startswith(types)]
    kind, _, value = (nag.group(3) or "").partition("::")
    if kind not in {"Action", "Resource", "Policy"}:
        return bool(below)
    try:
        return any(value in _texts(r.properties) for r in below)
    except NotJudged:
        return True


def _texts(value: object) -> Iterator[str]:
    """Yield texts in cdk-nag's format, in which a reference is <LogicalId.Arn>."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Conditional):
        value.judge()
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for kind, argument in value.items():
            if kind == "Fn::Join":
                yield str(argument[0]).join(next(_texts(part), "") for part in argument[1])
            elif kind in {"Ref", "Fn::GetAtt"}:
                yield f"<{'.'.join(argument) if isinstance(argument, list) else argument}>"
            elif kind == "Fn::Sub" and isinstance(argument, str):
                yield re.sub(r"\$\{([^}]*)\}", r"<\1>", argument)
            else:
                yield from _texts(argument)
