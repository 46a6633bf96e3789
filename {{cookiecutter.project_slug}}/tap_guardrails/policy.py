"""IAM policy evaluation over the identity and resource policies of an app.

A condition on a key that the caller does not know is neither true nor false: the Allow or Deny
with this condition is ignored.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tap_guardrails.model import App, NotJudged, Resource, Template, as_list, covers

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
        if self.not_resources and any(covers(r, arn) for r in self.not_resources for arn in arns):
            return False
        if self.resources and not any(covers(r, arn) for r in self.resources for arn in arns):
            return False
        if self.principals and not any(p in {"*", *principals} for p in self.principals):
            return False
        return holds(self.condition, context)


def holds(condition: Mapping[str, Mapping[str, Sequence[str]]], context: Mapping[str, str]) -> bool:
    """Return whether a condition is definitely true in a context."""
    known = {key.lower(): value for key, value in context.items()}
    for name, tests in condition.items():
        operator = name.rpartition(":")[2]
        optional = operator.endswith("IfExists")
        operator = operator.removesuffix("IfExists")
        for key, values in tests.items():
            if operator == "Null":
                if (key.lower() not in known) != ("true" in values):
                    return False
                continue
            if key.lower() not in known:
                if optional:
                    continue
                return False
            actual = known[key.lower()]
            negated = "Not" in operator
            if operator == "Bool":
                hit = actual in values
            elif operator.startswith("Numeric") or operator.startswith("Date"):
                return False
            elif operator in {"StringEquals", "StringNotEquals"}:
                hit = actual in values
            else:
                hit = any(covers(value, actual) for value in values)
            if hit == negated:
                return False
    return True


def statements(owner: Resource, document: Any) -> list[Statement]:
    """Return the statements of a policy document in the template of a resource."""
    if not isinstance(document, dict):
        raise NotJudged(f"the policy of {owner.path} is not a document")
    return [_statement(owner, owner.template, item) for item in as_list(document.get("Statement"))]


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
    policies = resource.app.users(resource, *ATTACHED[resource.type])
    return [s for policy in policies for s in statements(policy, policy.get("PolicyDocument"))]


def of_role(role: Resource) -> list[Statement]:
    """Return the statements of a role: inline, attached, and managed policies of this app."""
    found = [s for each in role.items("Policies") for s in statements(role, each["PolicyDocument"])]
    policies = role.app.users(role, "AWS::IAM::Policy", "Roles")
    policies += role.app.users(role, "AWS::IAM::RolePolicy", "RoleName")
    policies += role.app.users(role, "AWS::IAM::ManagedPolicy", "Roles")
    policies += [p for p in role.targets("ManagedPolicyArns") if p not in policies]
    return found + [s for p in policies for s in statements(p, p.get("PolicyDocument"))]


def granted_to(role: Resource) -> list[tuple[Resource, Statement]]:
    """Return the resources whose policies name a role, with the statements."""
    owners = role.app.resources(*ATTACHED, *EMBEDDED)
    found = [(owner, s) for owner in owners for s in on_resource(owner)]
    return [(owner, s) for owner, s in found if set(s.principals) & set(role.arns)]


def aws_policies(role: Resource) -> list[str]:
    """Return the AWS managed policies of a role, like service-role/AWSLambdaBasicExecutionRole."""
    arns = [role.template.text(arn) for arn in role.items("ManagedPolicyArns")]
    return [arn.partition(":policy/")[2] for arn in arns if ":iam::aws:policy/" in arn]


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
    known = {"aws:SourceAccount": fill("${AWS::AccountId}"), "aws:SecureTransport": "true"}
    known |= context or {}
    contexts = [known | {"aws:SourceArn": arn} for arn in source.arns] if source else [known]
    policy = on_resource(resource)
    return any(permits(policy, action, arns, names, each) for each in contexts)


def role_may(role: Resource, action: str, resource: Resource, suffix: str = "") -> bool:
    """Return whether the policies of a role allow an action on a resource's ARN plus suffix."""
    return permits(of_role(role), action, [arn + suffix for arn in resource.arns])


def key_of(resource: Resource) -> Resource | str | None:
    """Return the key that encrypts a resource: a key of the app, the text of another, or None."""
    path = {
        "AWS::SNS::Topic": ("KmsMasterKeyId",),
        "AWS::SQS::Queue": ("KmsMasterKeyId",),
        "AWS::Logs::LogGroup": ("KmsKeyId",),
        "AWS::CloudTrail::Trail": ("KMSKeyId",),
        "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    }.get(resource.type)
    if resource.type == "AWS::S3::Bucket":
        rules = resource.items("BucketEncryption", "ServerSideEncryptionConfiguration")
        found = [r.get("ServerSideEncryptionByDefault") for r in rules]
        default: dict[str, Any] = (found[0] if found else None) or {}
        if "kms" not in str(default.get("SSEAlgorithm")):
            return None
        text = resource.template.text(default.get("KMSMasterKeyID")) or "alias/aws/s3"
    else:
        text = resource.text(*path) if path else ""
    return resource.app.named(text) or text or None


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
        policy, arns = on_resource(key), (*key.arns, "*")
        if permits(policy, action, arns, role.arns, context):
            return True
        if own and permits(policy, action, arns, {root, account}, context):
            return True
    return False
