"""IAM policy evaluation over the identity and resource policies of an app.

A condition on a key that the caller does not know is neither true nor false: the Allow or Deny
with this condition is ignored.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tap_guardrails.model import App, NotJudged, Resource, Template, as_list, covers
from tap_guardrails.references import key_named, named_users, same_place

# The resource type and property that attach a policy to a resource of each type.
ATTACHED = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
}
EMBEDDED = {
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
}
# The actions of AWS managed policies for functions, on any resource. Those of others are unknown.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
_LOGS = "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"
AWS_POLICIES = {
    "service-role/AWSLambdaBasicExecutionRole": _LOGS,
    "service-role/AWSLambdaVPCAccessExecutionRole": f"{_LOGS} ec2:CreateNetworkInterface"
    " ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DeleteNetworkInterface"
    " ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses",
    "service-role/AWSLambdaENIManagementAccess": "ec2:CreateNetworkInterface"
    " ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DeleteNetworkInterface"
    " ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses",
    "service-role/AWSLambdaSQSQueueExecutionRole": f"{_LOGS} sqs:ReceiveMessage"
    " sqs:DeleteMessage sqs:GetQueueAttributes",
    "service-role/AWSLambdaDynamoDBExecutionRole": f"{_LOGS} dynamodb:DescribeStream"
    " dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams",
    "service-role/AWSLambdaKinesisExecutionRole": f"{_LOGS} kinesis:DescribeStream"
    " kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator"
    " kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard",
    "service-role/AWSLambdaRole": "lambda:InvokeFunction",
    "AWSXRayDaemonWriteAccess": "",
    "CloudWatchLambdaInsightsExecutionRolePolicy": "",
}
# The organization of a source is unknown here; a policy that names it means its own.
ORGANIZATION = {"aws:sourceorgid", "aws:sourceorgpaths"}
ACCOUNT = re.compile(r"\d{12}")
# The property with the key of each resource type; that of a bucket is in a list.
KEYS = {
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::CloudTrail::Trail": ("KMSKeyId",),
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Kinesis::Stream": ("StreamEncryption", "KeyId"),
    "AWS::Lambda::Function": ("KmsKeyArn",),
}


@dataclass(frozen=True)
class Statement:
    """One statement, with all values as comparable text."""

    owner: Resource
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[str, ...]
    condition: dict[str, dict[str, tuple[str, ...]]]

    def applies(
        self,
        action: str,
        arns: Iterable[str],
        principals: Iterable[str],
        context: Mapping[str, str],
    ) -> bool:
        """Return whether the statement definitely applies to this request."""
        action = action.lower()
        if self.not_actions and any(covers(a.lower(), action) for a in self.not_actions):
            return False
        if not self.not_actions and not any(covers(a.lower(), action) for a in self.actions):
            return False
        arns = tuple(arns)
        if self.not_resources and any(matches(r, arn) for r in self.not_resources for arn in arns):
            return False
        if self.resources and not any(matches(r, arn) for r in self.resources for arn in arns):
            return False
        if self.principals and not any(p in {"*", *principals} for p in self.principals):
            return False
        return holds(self.condition, context)


def matches(pattern: str, text: str) -> bool:
    """Return whether an IAM pattern matches a text; unknown places in an ARN match any other."""
    return covers(pattern, text) or covers(same_place(pattern, text), text)


def holds(condition: Mapping[str, Mapping[str, Sequence[str]]], context: Mapping[str, str]) -> bool:
    """Return whether a condition is definitely true in a context."""
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, values, known.get(key.lower()))
        for operator, tests in condition.items()
        for key, values in tests.items()
        if key.lower() not in ORGANIZATION
    )


def _holds(operator: str, values: Sequence[str], actual: str | None) -> bool:
    """Return whether one test is definitely true for the value of its key; None: no value."""
    every, _, name = operator.rpartition(":")
    if name == "Null":
        return (actual is None) == ("true" in values)
    if actual is None:
        return name.endswith("IfExists") or every == "ForAllValues"
    name = name.removesuffix("IfExists")
    if name.startswith(("Numeric", "Date", "IpAddress", "NotIpAddress", "Binary")):
        return False
    negated, kind = "Not" in name, name.replace("Not", "")
    return any(_equal(kind, value, actual) for value in values) != negated


def _equal(kind: str, value: str, actual: str) -> bool:
    """Return whether a value in a condition matches the actual value."""
    if kind == "Bool":
        return value.lower() == actual.lower()
    if kind == "StringEqualsIgnoreCase":
        return value.lower() == actual.lower()
    if actual == "${AWS::AccountId}" and ACCOUNT.fullmatch(value):
        return True  # in a stack without an environment, a literal can mean its account
    if kind == "StringEquals":
        return value == actual or same_place(value, actual) == actual
    return matches(value, actual)


def statements(owner: Resource, document: Any) -> list[Statement]:
    """Return the statements of a policy document in the template of a resource; read once."""
    if not isinstance(document, dict):
        raise NotJudged(f"the policy of {owner.path} is not a document")
    key = (_statement, id(document))
    if key not in owner.memo:
        items = as_list(document.get("Statement"))
        found = [_statement(owner, owner.template, item) for item in items]
        owner.memo[key] = document, found  # the document keeps its identity while it is referred to
    return list(owner.memo[key][1])


def _statement(owner: Resource, template: Template, item: Any) -> Statement:
    def texts(value: Any) -> tuple[str, ...]:
        return tuple(template.text(each) for each in as_list(value))

    principal = item.get("Principal")
    kinds = principal.values() if isinstance(principal, dict) else [principal]
    conditions = item.get("Condition") or {}
    return Statement(
        owner=owner,
        effect=item.get("Effect", ""),
        actions=texts(item.get("Action")),
        not_actions=texts(item.get("NotAction")),
        resources=texts(item.get("Resource")),
        not_resources=texts(item.get("NotResource")),
        principals=tuple(each for kind in kinds for each in texts(kind)),
        condition={
            operator: {key: texts(values) for key, values in tests.items()}
            for operator, tests in conditions.items()
        },
    )


def on_resource(resource: Resource) -> list[Statement]:
    """Return the statements of all policies that are attached to a resource."""
    if resource.type in EMBEDDED:
        document = resource.get(*EMBEDDED[resource.type])
        return statements(resource, document) if document else []
    policies = named_users(resource, *ATTACHED[resource.type])
    return [s for policy in policies for s in statements(policy, policy.get("PolicyDocument"))]


def of_role(role: Resource) -> list[Statement]:
    """Return the statements of a role, user or group: inline, attached, managed by this app."""
    found = [s for each in role.items("Policies") for s in statements(role, each["PolicyDocument"])]
    kind = role.type.rpartition(":")[2]
    policies = named_users(role, "AWS::IAM::Policy", f"{kind}s")
    policies += named_users(role, f"AWS::IAM::{kind}Policy", f"{kind}Name")
    policies += named_users(role, "AWS::IAM::ManagedPolicy", f"{kind}s")
    policies += [p for p in role.targets("ManagedPolicyArns") if p not in policies]
    return found + [s for p in policies for s in statements(p, p.get("PolicyDocument"))]


def _granted(app: App) -> dict[str, list[tuple[Resource, Statement]]]:
    """Return the statements of all resource policies of an app, by principal."""
    found: dict[str, list[tuple[Resource, Statement]]] = {}
    for owner in app.resources(*ATTACHED, *EMBEDDED):
        for statement in _decided(owner):
            for principal in statement.principals:
                found.setdefault(principal, []).append((owner, statement))
    return found


def granted_to(role: Resource) -> list[tuple[Resource, Statement]]:
    """Return the resources whose policies name a role, with the statements."""
    granted = role.app.remembered(_granted)
    pairs = [pair for arn in role.arns for pair in granted.get(arn, ())]
    return [pair for number, pair in enumerate(pairs) if pair not in pairs[:number]]


def _decided(resource: Resource) -> list[Statement]:
    """Return the statements on a resource that are known at synth."""
    try:
        return on_resource(resource)
    except NotJudged:
        return []


def aws_policies(role: Resource) -> list[str]:
    """Return the AWS managed policies of a role, like service-role/AWSLambdaBasicExecutionRole."""
    arns = [role.template.text(arn) for arn in role.items("ManagedPolicyArns")]
    return [arn.partition(":policy/")[2] for arn in arns if ":iam::aws:policy/" in arn]


def may_by_managed_policy(role: Resource, action: str) -> bool:
    """Return whether a managed policy of a role allows an action, or is not known here."""
    for item in role.items("ManagedPolicyArns"):
        arn = role.template.text(item)
        name = arn.partition(":iam::aws:policy/")[2]
        if name and (name not in AWS_POLICIES or action in AWS_POLICIES[name].split()):
            return True
        if not name and role.app.named(arn) is None:
            return True
    return False


def permits(
    found: Iterable[Statement],
    action: str,
    arns: Iterable[str],
    principals: Iterable[str] = (),
    context: Mapping[str, str] | None = None,
) -> bool:
    """Return whether a statement allows a request and none denies it."""
    arns = tuple(arns)
    hits = {s.effect for s in found if s.applies(action, arns, principals, context or {})}
    return "Allow" in hits and "Deny" not in hits


def service_may(
    app: App,
    service: str,
    action: str,
    resource: Resource,
    source: Resource | None = None,
    suffix: str = "",
    context: Mapping[str, str] | None = None,
) -> bool:
    """Return whether a service principal is allowed an action on a resource, for a source.

    `suffix` is appended to the ARN of the resource.
    """
    fill = resource.template.fill
    region = fill("${AWS::Region}")
    names = {f"{service}.amazonaws.com", f"{service}.{region}.amazonaws.com"}
    names.add(f"{service}.{region}.{fill('${AWS::URLSuffix}')}")
    arns = [arn + suffix for arn in resource.arns]
    arns += ["*"] if resource.type == "AWS::KMS::Key" else []
    known = {
        "aws:SourceAccount": fill("${AWS::AccountId}"),
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": f"{service}.amazonaws.com",
    }
    known |= context or {}
    contexts = [known | {"aws:SourceArn": arn} for arn in source.arns] if source else [known]
    policy = on_resource(resource)
    return any(permits(policy, action, arns, names, each) for each in contexts)


def role_may(role: Resource, action: str, resource: Resource, suffix: str = "") -> bool:
    """Return whether the policies of a role allow an action on a resource's ARN plus suffix."""
    arns = [arn + suffix for arn in resource.arns]
    return may_by_managed_policy(role, action) or permits(of_role(role), action, arns)


def key_of(resource: Resource) -> Resource | str | None:
    """Return the key that encrypts a resource: a key of the app, the text of another, or None."""
    if resource.type == "AWS::S3::Bucket":
        rules = resource.items("BucketEncryption", "ServerSideEncryptionConfiguration")
        found = [r.get("ServerSideEncryptionByDefault") for r in rules]
        default: dict[str, Any] = (found[0] if found else None) or {}
        if "kms" not in str(default.get("SSEAlgorithm")):
            return None
        text = resource.template.text(default.get("KMSMasterKeyID")) or "alias/aws/s3"
    else:
        text = resource.text(*KEYS[resource.type]) if resource.type in KEYS else ""
    return key_named(resource.app, text) or text or None


def is_closed(key: Resource | str | None) -> bool:
    """Return whether a key is AWS managed, so that its policy can't grant a service access."""
    return isinstance(key, str) and "alias/aws/" in key


def key_allows_role(key: Resource, role: Resource, action: str, service: str) -> bool:
    """Return whether the policies of a role or a key allow the role to use it via a service."""
    fill = key.template.fill
    account, root = (
        fill("${AWS::AccountId}"),
        fill("arn:${AWS::Partition}:iam::${AWS::AccountId}:root"),
    )
    for domain in {"amazonaws.com", fill("${AWS::URLSuffix}")}:
        via = f"{service}.{fill('${AWS::Region}')}.{domain}"
        context = {"kms:ViaService": via, "kms:CallerAccount": account}
        own = permits(of_role(role), action, key.arns, context=context)
        own = own or may_by_managed_policy(role, action)
        policy, arns = on_resource(key), (*key.arns, "*")
        if permits(policy, action, arns, role.arns, context):
            return True
        if own and permits(policy, action, arns, {root, account}, context):
            return True
    return False
