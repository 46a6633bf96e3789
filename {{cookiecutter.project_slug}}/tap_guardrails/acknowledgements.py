"""Acknowledgements: the findings that they cover, and the invalid ones (TAP001).

An acknowledgement is an exception from one rule on one construct, with a reason. It covers the
construct and its children.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from tap_guardrails.model import App, NotJudged, Resource
from tap_guardrails.rules import RULES, Finding, Note
from tap_guardrails.values import Intrinsic

NAME = "tap"
PREFIX = f"{NAME}::"
NOT_JUDGED = f"{PREFIX}TAP002"
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


def acknowledgement_faults(
    app: App, findings: Sequence[Finding], notes: Sequence[Note]
) -> Iterator[tuple[str, str, str]]:
    """Yield acknowledgements that are too broad, unexplained or no longer needed.

    Unused acknowledgements are detected for our rules and for cdk-nag's, not for the CDK's own.
    Each is a construct path (or '' outside stacks), the fault, and an empty fix.
    """
    for path, qualified, reason in app.acknowledged:
        if path in app.stacks and str(reason).startswith(BY_THE_CDK.get(qualified, ())):
            continue
        name = qualified.removeprefix("Annotation::").removeprefix(PREFIX)
        here = f"{path or 'the app'}: the acknowledgement of {name}"
        place = path if app.in_stack(path) else ""
        if not str(reason).strip():
            yield place, f"{here} has no reason: explain why the finding is acceptable", ""
        if path in app.roots and qualified != NOT_JUDGED:
            yield place, f"{here} covers a whole stack: acknowledge it on one construct", ""
        elif fault := _mismatch(app, findings, notes, path, qualified):
            yield place, f"{here} {fault}", ""
    for place, node in app.source_nodes(ast.Attribute):
        if node.attr == "acknowledge_warning":
            text = f"{place}: acknowledge_warning records no reason: use cdk.Validations"
            yield "", f"{text}.of(construct).acknowledge", ""


def _mismatch(
    app: App, findings: Sequence[Finding], notes: Sequence[Note], path: str, qualified: str
) -> str | None:
    """Return the reason why an acknowledgement matches no rule or finding, or None."""
    if qualified == NOT_JUDGED:
        found = any(is_below(note.subject, path) for note in notes)
    elif OURS.fullmatch(qualified):
        rule_id = qualified.removeprefix(PREFIX)
        if not qualified.startswith(PREFIX) or rule_id not in RULES:
            return f"names no rule; write {PREFIX} and an id of make rules"
        found = any(f.rule.id == rule_id and is_below(f.path, path) for f in findings)
    elif LIKE_NAG.fullmatch(qualified):
        nag = NAG.fullmatch(qualified)
        if not nag or not NAG_RULES.fullmatch(nag.group(1)):
            return "names no rule of cdk-nag; see NAG_RULES in tap_guardrails/acknowledgements.py"
        found = nag_finds(app, path, nag)
    else:
        return None
    return None if found or app.unread(path) else "matches nothing any more: remove it"


def covers_finding(app: App, finding: Finding) -> bool:
    """Return whether an acknowledgement covers a finding; one on a whole stack covers nothing."""
    return not isinstance(finding.subject, str) and any(
        qualified == f"{PREFIX}{finding.rule.id}"
        and path not in app.roots
        and is_below(finding.path, path)
        for path, qualified, _ in app.acknowledged
    )


def covers_note(app: App, note: Note) -> bool:
    """Return whether an acknowledgement covers a subject that can't be judged."""
    return any(
        qualified == NOT_JUDGED and is_below(note.subject, path)
        for path, qualified, _ in app.acknowledged
    )


def is_below(path: str, owner: str) -> bool:
    """Return whether a construct path is that of a construct or of one of its children."""
    return f"{path}/".startswith(f"{owner}/")


def nag_finds(app: App, path: str, nag: re.Match[str]) -> bool:
    """Return whether cdk-nag could still report the acknowledged finding.

    The resource must exist, and so must the action, resource or policy that the finding names.
    """
    types = NAG_TYPES.get(nag.group(2), ("AWS::",))
    below = [r for r in app.resources("*") if is_below(r.path, path)]
    below = [r for r in below if r.type.startswith(types)]
    if holds := NAG_HOLDS.get(nag.group(1)):
        below = [r for r in below if _holds(holds, r)]
    kind, _, value = (nag.group(3) or "").partition("::")
    if kind not in {"Action", "Resource", "Policy"}:
        return bool(below)
    try:
        return any(value in _texts(r.properties) for r in below)
    except NotJudged:
        return True


def _holds(holds: Mapping[str, Callable[[Resource], bool]], resource: Resource) -> bool:
    """Return whether a rule of cdk-nag still has its finding on a resource."""
    try:
        return resource.type in holds and holds[resource.type](resource)
    except NotJudged:
        return True


def _texts(value: object) -> Iterator[str]:
    """Yield texts in cdk-nag's format, in which a reference is <LogicalId.Arn>."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)
        case Intrinsic(kind="Fn::Join", argument=[str(separator), list(parts)]):
            yield separator.join(next(_texts(part), "") for part in parts)
        case Intrinsic(kind="Ref" | "Fn::GetAtt", argument=argument):
            parts = argument if isinstance(argument, list) else [argument]
            yield f"<{'.'.join(map(str, parts))}>"
        case Intrinsic(kind="Fn::Sub", argument=str(pattern)):
            yield re.sub(r"\$\{([^}]*)\}", r"<\1>", pattern)
        case Intrinsic(is_undecided=True):
            value.judge()
        case Intrinsic():
            yield from _texts(value.argument)


def _has_no_firewall(stage: Resource) -> bool:
    """Return whether no web ACL is associated with a stage or its API."""
    api = stage.target("RestApiId")
    places = [stage.key, *([api.key] if api else [])]
    texts = [
        each.text("ResourceArn") for each in stage.app.resources("AWS::WAFv2::WebACLAssociation")
    ]
    return not any(f"${{{place}" in text for place in places for text in texts)


def _has_no_flow_log(vpc: Resource) -> bool:
    return not vpc.app.users(vpc, "AWS::EC2::FlowLog", "ResourceId")


# When these rules of cdk-nag have a finding, by resource type. An acknowledgement of a finding that
# the stack contradicts, such as "no WAF" beside a WAF, is no longer needed.
# https://github.com/cdklabs/cdk-nag/blob/main/RULES.md
NAG_HOLDS: dict[str, dict[str, Callable[[Resource], bool]]] = {
    "APIG1": {
        "AWS::ApiGateway::Stage": lambda r: not r.get("AccessLogSetting"),
        "AWS::ApiGatewayV2::Stage": lambda r: not r.get("AccessLogSettings"),
    },
    "APIG2": {
        "AWS::ApiGateway::RestApi": lambda r: (
            not r.app.users(r, "AWS::ApiGateway::RequestValidator", "RestApiId")
        ),
    },
    "APIG3": {"AWS::ApiGateway::Stage": _has_no_firewall},
    "APIG4": {
        "AWS::ApiGateway::Method": lambda r: r.plain("AuthorizationType") == "NONE",
        "AWS::ApiGatewayV2::Route": lambda r: (
            r.plain("AuthorizationType", default="NONE") == "NONE"
        ),
    },
    "COG2": {
        "AWS::Cognito::UserPool": lambda r: r.plain("MfaConfiguration", default="OFF") != "ON"
    },
    "COG4": {
        "AWS::ApiGateway::Method": lambda r: r.plain("AuthorizationType") != "COGNITO_USER_POOLS",
    },
    "DDB3": {
        "AWS::DynamoDB::Table": lambda r: (
            r.plain("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") is not True
        ),
    },
    "KMS5": {"AWS::KMS::Key": lambda r: r.plain("EnableKeyRotation") is not True},
    "S1": {"AWS::S3::Bucket": lambda r: not r.get("LoggingConfiguration")},
    "SMG4": {
        "AWS::SecretsManager::Secret": lambda r: (
            not r.app.users(r, "AWS::SecretsManager::RotationSchedule", "SecretId")
        ),
    },
    "SQS3": {"AWS::SQS::Queue": lambda r: not r.get("RedrivePolicy")},
    "VPC7": {"AWS::EC2::VPC": _has_no_flow_log},
}
