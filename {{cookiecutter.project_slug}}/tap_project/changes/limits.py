"""Limits of AWS that a template exceeds, or comes close to, after the change.

Sizes of policies are estimates: ARNs are known after the deployment only, so typical ones are
assumed.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_guardrails import code
from tap_guardrails.model import PLACEHOLDER, Resource
from tap_guardrails.references import named_users
from tap_guardrails.values import NotJudged
from tap_project.changes.pairs import Pair, Unit
from tap_project.changes.report import Finding, Section

NEAR = 0.8
KIB, MIB = 1024, 1024 * 1024
ROLE, PERMISSION = "AWS::IAM::Role", "AWS::Lambda::Permission"
# Characters of an ARN before the name, and of the suffix of generated names.
ARN, SUFFIX = len("arn:aws:dynamodb:us-east-1:123456789012:table/"), len("-ABCDEFGHIJKL")


@dataclass(frozen=True)
class Limit:
    """A limit of AWS.

    Args:
        value: the largest value that AWS accepts.
        unit: what is counted, for the message.
        of: the limited property, for the message.
        estimated: whether the value is an estimate.
    """

    value: int
    unit: str
    of: str
    estimated: bool = True


# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
RESOURCES = Limit(500, "resources", "template", estimated=False)
OUTPUTS = Limit(200, "outputs", "template", estimated=False)
PARAMETERS = Limit(200, "parameters", "template", estimated=False)
TEMPLATE = Limit(MIB, "bytes", "template", estimated=False)
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
CODE = Limit(250 * MIB, "bytes", "code with layers, unzipped", estimated=False)
VARIABLES = Limit(4 * KIB, "bytes", "environment variables")
FUNCTION = Limit(20 * KIB, "bytes", "resource policy")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
INLINE = {
    ROLE: Limit(10_240, "characters", "inline policies"),
    "AWS::IAM::Group": Limit(5_120, "characters", "inline policies"),
    "AWS::IAM::User": Limit(2_048, "characters", "inline policies"),
}
TRUST = Limit(2_048, "characters", "trust policy")
MANAGED = Limit(6_144, "characters", "policy")
# The limit of each type's resource policy, and where the policy is.
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
DOCUMENTS: dict[str, tuple[Limit, str]] = {
    "AWS::IAM::ManagedPolicy": (MANAGED, "PolicyDocument"),
    "AWS::KMS::Key": (Limit(32 * KIB, "bytes", "key policy"), "KeyPolicy"),
    "AWS::S3::BucketPolicy": (Limit(20 * KIB, "bytes", "bucket policy"), "PolicyDocument"),
    "AWS::SNS::TopicPolicy": (Limit(30 * KIB, "bytes", "topic policy"), "PolicyDocument"),
    "AWS::SQS::QueuePolicy": (Limit(8 * KIB, "bytes", "queue policy"), "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": (
        Limit(20_480, "characters", "resource policy"),
        "ResourcePolicy",
    ),
}
Use = tuple[str, Limit, int]
"""Construct path, limit and value."""


def limit_findings(pair: Pair) -> Iterator[Finding]:
    """Yield the limits that a template exceeds, and those that it comes closer to, from 80 %."""
    if pair.after is None:
        return
    former = (
        {(path, limit): value for path, limit, value in uses(pair.before)} if pair.before else {}
    )
    for path, limit, value in uses(pair.after):
        if value <= limit.value and (
            value < NEAR * limit.value or value <= former.get((path, limit), 0)
        ):
            continue
        about = "about " if limit.estimated else ""
        share = f"{100 * value / limit.value:.0f} %"
        amount = f"{about}{value:,} {limit.unit}, {share} of {limit.value:,}"
        text = f"{path or pair.after.stack}: {limit.of} of {amount}"
        fails = value > limit.value
        key = f"{pair.environment}/{path}" if path and limit.estimated and fails else ""
        yield Finding(Section.LIMITS, pair.environment, text, fails=fails, key=key)


def uses(unit: Unit) -> list[Use]:
    """Return how much of each limit a template and its resources use."""
    body = unit.template.body
    found: list[Use] = [
        (unit.nested.rstrip("/"), limit, value)
        for limit, value in (
            (RESOURCES, len(unit.items)),
            (OUTPUTS, len(body.get("Outputs") or {})),
            (PARAMETERS, len(body.get("Parameters") or {})),
            (TEMPLATE, unit.template.file.stat().st_size),
        )
    ]
    for item in unit.items.values():
        for measure in MEASURES.get(item.type, ()):
            try:
                found += [(item.path, limit, value) for limit, value in measure(item.resource)]
            except NotJudged:  # the size of a value that only CloudFormation knows
                continue
    return found


def _code(function: Resource) -> Iterator[tuple[Limit, int]]:
    """Yield the size of a function's code with its layers; layers of others count as nothing."""
    places = [code.asset(function, "Code")]
    places += [
        code.asset(layer, "Content")
        for layer in function.targets("Layers")
        if layer.type == code.LAYER
    ]
    yield CODE, sum(unzipped(place) for place in places if place)


def unzipped(place: Path) -> int:
    """Return the size of the files in a folder or an archive, in bytes."""
    if place.is_dir():
        return sum(each.stat().st_size for each in place.rglob("*") if each.is_file())
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            return sum(each.file_size for each in archive.infolist())
    return 0


def _variables(function: Resource) -> Iterator[tuple[Limit, int]]:
    variables = function.get("Environment", "Variables") or {}
    yield VARIABLES, sum(len(name) + size(function, value) for name, value in variables.items())


def _invocations(function: Resource) -> Iterator[tuple[Limit, int]]:
    """Yield the size of a function's policy, which has a statement for each permission."""
    total = 0
    for each in named_users(function, PERMISSION, "FunctionName"):
        statement = {
            "Sid": each.id + "-ABCDEFGHIJKL",
            "Effect": "Allow",
            "Principal": {"Service": each.get("Principal")},
            "Action": each.get("Action"),
            "Resource": f"${{{function.key}.Arn}}",
            "Condition": {"ArnLike": {"AWS:SourceArn": each.get("SourceArn")}},
        }
        total += size(function, statement)
    yield FUNCTION, total


def _inline(identity: Resource) -> Iterator[tuple[Limit, int]]:
    kind = identity.type.rpartition(":")[2]
    policies = named_users(identity, "AWS::IAM::Policy", f"{kind}s")
    policies += named_users(identity, f"AWS::IAM::{kind}Policy", f"{kind}Name")
    documents = [each["PolicyDocument"] for each in identity.items("Policies")]
    documents += [each.get("PolicyDocument") for each in policies]
    yield INLINE[identity.type], sum(size(identity, each) for each in documents)
    if identity.type == ROLE:
        yield TRUST, size(identity, identity.get("AssumeRolePolicyDocument"))


def _document(resource: Resource) -> Iterator[tuple[Limit, int]]:
    limit, name = DOCUMENTS[resource.type]
    yield limit, size(resource, resource.get(name))


def size(resource: Resource, value: Any) -> int:
    """Return the size of a value as JSON without spaces, in bytes, with ARNs of typical length."""
    text = (
        resource.template.text(value)
        if not isinstance(value, dict | list)
        else _json(resource, value)
    )
    stack = resource.template.pseudo["AWS::StackName"]

    def arn(match: re.Match[str]) -> str:
        name = f"{stack}-{match.group(1).partition('/')[2]}"
        return "x" * (len(name) + SUFFIX + (ARN if match.group(2) else 0))

    text = text.replace("${AWS::Partition}", "aws").replace("${AWS::Region}", "us-east-1")
    text = text.replace("${AWS::AccountId}", "123456789012")
    return len(PLACEHOLDER.sub(arn, text).encode())


def _json(resource: Resource, value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=resource.template.text)


Measure = Callable[[Resource], Iterator[tuple[Limit, int]]]
MEASURES: dict[str, tuple[Measure, ...]] = {
    "AWS::Lambda::Function": (_code, _variables, _invocations),
    **dict.fromkeys(INLINE, (_inline,)),
    **dict.fromkeys(DOCUMENTS, (_document,)),
}
