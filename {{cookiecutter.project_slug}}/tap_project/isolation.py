"""Isolation of production from environments in the same account.

An account has one set of roles for all Regions, so another Region isolates nothing. The CDK's
deployment role acts on every stack of its account, and anyone who can update a stack uses the role
that CloudFormation deployed it with, without permission to pass that role
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html).
A bootstrap qualifier only renames these roles. An environment is isolated if its deployment role
acts only on its own stack, and neither CloudFormation (limited by the execution policies) nor a
role that it creates (limited by the permissions boundary) can change production.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tap_guardrails.model import as_list, covers
from tap_guardrails.regions import partition
from tap_project import toolkit
from tap_project.assembly import OperationError, Stack

Statement = Mapping[str, Any]
# The CDK's default execution policy, AdministratorAccess.
ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}

# How each type of resource is changed: actions, and the resource's ARN behind the partition.
# {n} is the stack's name, which generated names start with, {r} the Region, {a} the account.
CHANGES = {
    "AWS::ApiGateway::RestApi": ("apigateway:DELETE", "apigateway:{r}::/restapis/x"),
    "AWS::ApiGatewayV2::Api": ("apigateway:DELETE", "apigateway:{r}::/apis/x"),
    "AWS::CloudTrail::Trail": ("cloudtrail:DeleteTrail", "cloudtrail:{r}:{a}:trail/{n}-x"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:DeleteAlarms", "cloudwatch:{r}:{a}:alarm:{n}-x"),
    "AWS::Cognito::UserPool": ("cognito-idp:DeleteUserPool", "cognito-idp:{r}:{a}:userpool/x"),
    "AWS::DynamoDB::Table": ("dynamodb:DeleteTable", "dynamodb:{r}:{a}:table/{n}-x"),
    "AWS::EC2::VPC": ("ec2:CreateTags ec2:DeleteVpc", "ec2:{r}:{a}:vpc/x"),
    "AWS::Events::Rule": ("events:PutTargets", "events:{r}:{a}:rule/{n}-x"),
    "AWS::KMS::Key": ("kms:PutKeyPolicy kms:TagResource", "kms:{r}:{a}:key/x"),
    "AWS::Lambda::Function": ("lambda:UpdateFunctionCode", "lambda:{r}:{a}:function:{n}-x"),
    "AWS::Logs::LogGroup": ("logs:DeleteLogGroup", "logs:{r}:{a}:log-group:{n}-x"),
    "AWS::S3::Bucket": ("s3:PutBucketPolicy", "s3:::{n}-x"),
    "AWS::SNS::Topic": ("sns:SetTopicAttributes", "sns:{r}:{a}:{n}-x"),
    "AWS::SQS::Queue": ("sqs:SetQueueAttributes", "sqs:{r}:{a}:{n}-x"),
    "AWS::Scheduler::Schedule": ("scheduler:UpdateSchedule", "scheduler:{r}:{a}:schedule/x/{n}-x"),
}
STACK_ACTIONS = ("CreateChangeSet", "DeleteStack", "ExecuteChangeSet", "UpdateStack")
# Actions that give others a role of production or of the CDK.
ROLE_ACTIONS = ("AttachRolePolicy", "PassRole", "PutRolePolicy", "UpdateAssumeRolePolicy")
# Actions that create an identity with more permissions than its creator, without a boundary.
IDENTITY_ACTIONS = {
    "role": ("AttachRolePolicy", "CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy"),
    "user": ("AttachUserPolicy", "CreateUser", "PutUserPermissionsBoundary", "PutUserPolicy"),
}
UNBOUNDED = {
    "role": ("DeleteRolePermissionsBoundary",),
    "user": ("CreateAccessKey", "CreateLoginProfile", "DeleteUserPermissionsBoundary"),
    "group": ("AttachGroupPolicy", "PutGroupPolicy"),
}
POLICY_ACTIONS = ("CreatePolicyVersion", "SetDefaultPolicyVersion")
BOUNDARY = "iam:PermissionsBoundary"
# The condition keys with known values; any other condition could be true.
KNOWN_KEYS = re.compile(r"aws:ResourceTag/Environment|iam:PermissionsBoundary", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """A request that changes production, with the condition keys that AWS evaluates for it."""

    action: str
    arn: str
    context: Mapping[str, str]

    def __str__(self) -> str:
        limit = ", with a permissions boundary of its choice" if BOUNDARY in self.context else ""
        return f"{self.action} on {self.arn}{limit}"


def require_isolation(
    session: boto3.Session,
    account: str,
    stack: Stack,
    found: Iterable[Stack],
    *,
    execution_policies: str | None,
    accepted: bool,
) -> None:
    """Print how other environments can change production, and stop unless that is accepted.

    Raises:
        OperationError: production is not isolated, and that was not accepted.
    """
    lines = isolation_gaps(session, account, stack, found, execution_policies)
    if not lines:
        return
    print(f"Production is not isolated in account {account}:")
    for line in lines:
        print(f"  {line}.")
    print("""\
Anyone who deploys these environments can replace or delete production, without its reviewers.
Separate accounts prevent that; if they have them, set `account` in infra/settings.py.
In one account, docs/operations.md (Shared account) lists the measures.""")
    if not accepted:
        raise OperationError(
            f"production shares account {account} with other environments; give it another account"
            " in infra/settings.py, or accept this by adding --shared-account to ARGS"
        )


def shared(stacks: Iterable[Stack], account: str) -> tuple[list[Stack], list[Stack]]:
    """Return the production environments of an account, and the others; both empty if not shared.

    An environment without an account in the settings counts as one of this account.
    """
    here = [stack for stack in stacks if stack.account in (None, account)]
    production = [stack for stack in here if stack.production]
    others = [stack for stack in here if not stack.production]
    return (production, others) if production and others else ([], [])


def isolation_gaps(
    session: boto3.Session,
    account: str,
    stack: Stack,
    found: Iterable[Stack],
    execution_policies: str | None,
) -> list[str]:
    """Return why production is not isolated from the environments that share its account.

    Args:
        session: reads IAM's roles and policies.
        account: the account that `session` acts in.
        stack: the environment that is about to be bootstrapped.
        found: the stacks of every environment.
        execution_policies: ARNs for CloudFormation in `stack`, comma-separated, or None for those
            of the last bootstrap, or else AdministratorAccess.
    """
    production, others = shared(found, account)
    policies = Policies(session, account)
    lines = []
    for target in production:
        for other in others:
            reason = _reason(policies, target, other, other == stack, execution_policies)
            if reason:
                lines.append(f"{other.environment} can change {target.environment}: {reason}")
    return lines


def _reason(
    policies: "Policies",
    target: Stack,
    other: Stack,
    is_bootstrapped_now: bool,
    execution_policies: str | None,
) -> str:
    if other.qualifier in (target.qualifier, toolkit.DEFAULT_QUALIFIER):
        roles = f"cdk-{other.qualifier}-*"
        return f"its deployments use the CDK's roles {roles}, which act on every stack"
    account = policies.account
    executes = policies.of_role(other, "cfn-exec")
    deploys: Sequence[Statement]
    if is_bootstrapped_now:
        deploys = toolkit.deploy_statements(other, account)
        if execution_policies:
            arns = execution_policies.split(",")
            executes = [s for arn in arns for s in policies.of_policy(arn.strip())]
        executes = executes or [ADMINISTRATOR]
    else:
        deploys = policies.of_role(other, "deploy")
    boundary = boundary_of(other, account)
    bounded = policies.of_policy(boundary) if boundary else []
    requests = list(changes(target, other, account, boundary))
    for who, statements in (
        ("the CDK's role for its deployments", deploys),
        ("CloudFormation in its deployments", executes),
        ("a role under its permissions boundary", bounded),
    ):
        allowed = [request for request in requests if permits(statements, request)]
        if allowed:
            return f"{who} may {allowed[0]} ({len(allowed)} of {len(requests)} requests tried)"
    return ""


class Policies:
    """The policies of an account, each read once."""

    def __init__(self, session: boto3.Session, account: str) -> None:
        self.iam = session.client("iam")
        self.account = account
        self.read: dict[str, list[Statement]] = {}

    def of_policy(self, arn: str) -> list[Statement]:
        """Return the statements of a managed policy."""
        if arn not in self.read:
            version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = self.iam.get_policy_version(PolicyArn=arn, VersionId=version)
            self.read[arn] = as_list(found["PolicyVersion"]["Document"]["Statement"])
        return self.read[arn]

    def of_role(self, stack: Stack, kind: str) -> list[Statement]:
        """Return the statements of a role of the bootstrap; none if it does not exist yet."""
        name = toolkit.role_arn(stack, self.account, kind).rpartition("/")[2]
        found: list[Statement] = []
        try:
            for page in self.iam.get_paginator("list_role_policies").paginate(RoleName=name):
                for policy in page["PolicyNames"]:
                    inline = self.iam.get_role_policy(RoleName=name, PolicyName=policy)
                    found += as_list(inline["PolicyDocument"]["Statement"])
            pages = self.iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
            attached = [
                policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return []
            raise
        return found + [s for arn in attached for s in self.of_policy(arn)]


def boundary_of(stack: Stack, account: str) -> str:
    """Return the ARN of the permissions boundary of a stack's roles, or nothing if one has none."""
    template = json.loads(stack.template.read_text(encoding="utf-8"))
    roles = [each for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    boundaries = {json.dumps(role["Properties"].get("PermissionsBoundary")) for role in roles}
    found = re.findall(r":policy/([\w+=,.@/-]+)", " ".join(boundaries))
    if len(boundaries) != 1 or len(found) != 1:
        return ""
    return f"arn:{partition(stack.region)}:iam::{account}:policy/{found[0]}"


def changes(target: Stack, other: Stack, account: str, boundary: str) -> Iterator[Request]:
    """Yield requests that change production, and that an isolated environment must not make.

    Args:
        target: the production environment.
        other: the environment that shares its account.
        account: the account of both.
        boundary: ARN of the permissions boundary of the other environment's roles, or empty.
    """
    iam = f"arn:{partition(target.region)}:iam::{account}"
    for name in (target.name, f"{target.name}-pipeline", toolkit.name_of(target)):
        arn = toolkit.stack_arn(name, target, account).replace("/*", "/x")
        yield from (Request(f"cloudformation:{action}", arn, {}) for action in STACK_ACTIONS)
    deploys, executes = (toolkit.role_arn(target, account, kind) for kind in ("deploy", "cfn-exec"))
    yield Request("sts:AssumeRole", deploys, {})
    for role in (deploys, executes, f"{iam}:role/{target.name}-x", f"{iam}:role/x"):
        yield from (Request(f"iam:{action}", role, {}) for action in ROLE_ACTIONS)
    yield from _identities(other, iam, boundary)
    yield from _resources(target, account)


def _identities(other: Stack, iam: str, boundary: str) -> Iterator[Request]:
    for kind, actions in IDENTITY_ACTIONS.items():
        # The role of the other environment's own pipeline has no boundary if it was made before the
        # setting.
        for name in ("x", f"{other.name}-x", f"{other.name}-pipeline-DeployRole-x"):
            arn = f"{iam}:{kind}/{name}"
            yield from (Request(f"iam:{action}", arn, {}) for action in actions)
            chosen = {BOUNDARY: f"{iam}:policy/x"}
            yield from (Request(f"iam:{action}", arn, chosen) for action in actions)
    for kind, unbounded in UNBOUNDED.items():
        arn = f"{iam}:{kind}/{other.name}-x"
        # An identity with the right boundary keeps it.
        context = {BOUNDARY: boundary} if boundary else {}
        yield from (Request(f"iam:{action}", arn, context) for action in unbounded)
    for arn in filter(None, (boundary, f"{iam}:policy/x")):
        yield from (Request(f"iam:{action}", arn, {}) for action in POLICY_ACTIONS)


def _resources(target: Stack, account: str) -> Iterator[Request]:
    """Yield a change of each type of production's resources, with and without their tags.

    Not every service evaluates the tags of a resource.
    """
    template = json.loads(target.template.read_text(encoding="utf-8"))
    types = {resource["Type"] for resource in template["Resources"].values()}
    place = {"n": target.name, "r": target.region, "a": account}
    tags = {"aws:ResourceTag/Environment": target.environment}
    here = partition(target.region)
    for actions, arn in (CHANGES[kind] for kind in sorted(types & CHANGES.keys())):
        for action in actions.split():
            yield Request(action, f"arn:{here}:{arn.format(**place)}", {})
            yield Request(action, f"arn:{here}:{arn.format(**place)}", tags)
    assets = f"arn:{here}:s3:::cdk-{target.qualifier}-assets-{account}-{target.region}/x"
    yield Request("s3:PutObject", assets, {})


def permits(statements: Iterable[Statement], request: Request) -> bool:
    """Return whether policies could allow a request: unknown conditions allow, and don't deny."""
    effects = {
        statement["Effect"]
        for statement in statements
        if _applies(statement, request, unknown=statement["Effect"] == "Allow")
    }
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Statement, request: Request, *, unknown: bool) -> bool:
    action = request.action.lower()
    for element, value, fold in (
        ("Action", action, str.lower),
        ("Resource", request.arn, str),
    ):
        patterns = [fold(each) for each in as_list(statement.get(element))]
        excluded = [fold(each) for each in as_list(statement.get(f"Not{element}"))]
        if unknown:
            # A policy variable can have any value.
            patterns = [re.sub(r"\$\{[^}]*\}", "*", pattern) for pattern in patterns]
        if patterns and not any(covers(pattern, value) for pattern in patterns):
            return False
        if any(covers(pattern, value) for pattern in excluded):
            return False
    return all(
        _holds(operator, key, as_list(values), request.context, unknown=unknown)
        for operator, tests in statement.get("Condition", {}).items()
        for key, values in tests.items()
    )


def _holds(
    operator: str, key: str, values: list[Any], context: Mapping[str, str], *, unknown: bool
) -> bool:
    """Return whether a condition is true; `unknown` if its key or operator is unknown."""
    name = operator.rpartition(":")[2]
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if not KNOWN_KEYS.fullmatch(key) or any("${" in str(value) for value in values):
        return unknown
    actual = {known.lower(): value for known, value in context.items()}.get(key.lower())
    if name == "Null":
        return (actual is None) == ("true" in [str(value).lower() for value in values])
    if not name.startswith(("String", "Arn")):
        return unknown
    negated = "Not" in name
    if actual is None:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
        return optional or negated
    if name.startswith("Arn") or name.endswith("Like"):
        return any(covers(str(value), actual) for value in values) != negated
    if name.endswith("IgnoreCase"):
        return (actual.lower() in [str(value).lower() for value in values]) != negated
    return (actual in values) != negated
