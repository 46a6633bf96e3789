"""TAP317, TAP319: permissions of roles are limited, by policies and by a boundary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tap_guardrails.calls import functions_of
from tap_guardrails.model import Resource, as_list
from tap_guardrails.policy import Statement, aws_policies, of_role
from tap_guardrails.rule import rule

ROLE, USER, GROUP = "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"
# AWS managed policies that allow almost everything in an account.
ADMINISTRATION = {"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"}
ADMINISTRATION |= {"job-function/SystemAdministrator", "job-function/NetworkAdministrator"}
# A managed policy for all actions of one service; those that AWS requires are in service-role/.
FULL_ACCESS = re.compile(r"[^/]+FullAccess")
# The role of SageMaker has this policy in all of its guides.
EXPECTED = {"AmazonSageMakerFullAccess"}
# Services that deploy with the permissions of whatever they deploy.
DEPLOYING = re.compile(r"(cloudformation|cloudformation\..+)\.amazonaws\.com(\.cn)?")
# Identities from outside AWS that run the app: pods of EKS, and users that sign in with Cognito.
RUNNING = ("oidc.eks.", "cognito-identity.")
# Actions of a whole service; those of these services change no resources of the account.
SERVICE = re.compile(r"(\*|[\w-]+):\*|\*")
HARMLESS = frozenset(
    "cloudwatch comprehend ec2messages polly rekognition ssmmessages textract transcribe translate"
    " xray".split()
)
# A resource pattern for all resources, or for all of one type: *, arn:...:*, arn:...:table/*. In
# these services, the part before the slash is the name of a resource.
EVERYTHING = re.compile(
    r"\*|arn:[^:]*:(s3|execute-api):[^:]*:[^:]*:\*(/\*)?"
    r"|arn:[^:]*:(?!s3:|execute-api:)[^:]*:[^:]*:[^:]*:([a-zA-Z-]+[/:])?\*(/\*)?"
)
PSEUDO = re.compile(r"\$\{AWS::\w+\}")
# Conditions that don't limit the resources.
UNLIMITED = {"aws:requestedregion", "aws:securetransport", "aws:multifactorauthpresent"}


@rule("TAP317", "security", ROLE, USER, GROUP)
def roles_are_limited(role: Resource) -> Iterator[str]:
    """Roles of workloads, users and groups have no permissions for a whole account or service.

    An attacker who controls a task, a build or a state machine gets all of its permissions. This
    rule rejects AdministratorAccess and similar policies, and all actions of a service on all
    resources. TAP302 is about the roles of functions.
    Limits: Roles that CloudFormation assumes are not judged, and policies of other apps are not
    read.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege

        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")])
        )
        # or
        - role.add_managed_policy(...)
    """
    if role.type != ROLE or (_is_assumed_by_workloads(role) and not functions_of(role)):
        yield from too_broad(role)


def too_broad(role: Resource) -> Iterator[str]:
    """Yield the permissions of a role that are for the whole account or a whole service."""
    for name in aws_policies(role):
        if name in ADMINISTRATION or (FULL_ACCESS.fullmatch(name) and name not in EXPECTED):
            yield f"has the AWS managed policy {name}, which allows more than a workload needs"
    for statement in of_role(role):
        everything = [r for r in statement.resources if EVERYTHING.fullmatch(PSEUDO.sub("x", r))]
        if statement.effect != "Allow" or _is_limited(statement):
            continue
        if statement.not_actions and (everything or statement.not_resources):
            yield f"is allowed all actions except {', '.join(statement.not_actions)}"
        for action in statement.actions:
            if _is_broad(action) and (everything or statement.not_resources):
                place = everything[0] if everything else "all resources except some"
                yield f"is allowed {action} on {place}"


def _is_broad(action: str) -> bool:
    """Return whether an action is all actions of a service that can change resources."""
    service = action.partition(":")[0]
    return SERVICE.fullmatch(action) is not None and service not in HARMLESS


def _is_limited(statement: Statement) -> bool:
    """Return whether a condition can limit a statement to some resources or callers."""
    keys = {key.lower() for tests in statement.condition.values() for key in tests}
    return bool(keys - UNLIMITED)


def _is_assumed_by_workloads(role: Resource) -> bool:
    """Return whether a service assumes a role to run something, other than a deployment."""
    document = role.get("AssumeRolePolicyDocument") or {}
    text = role.template.text
    for statement in as_list(document.get("Statement")):
        principal = statement.get("Principal") or {}
        if isinstance(principal, str):
            continue
        services = [text(each) for each in as_list(principal.get("Service"))]
        if any(not DEPLOYING.fullmatch(service) for service in services):
            return True
        federated = [text(each) for each in as_list(principal.get("Federated"))]
        trust = f"{federated} {statement.get('Condition')}"
        if federated and any(name in trust for name in RUNNING):
            return True
    return False


@rule("TAP319", "security", ROLE, USER, profile="house")
def boundaries_cover_every_role(role: Resource) -> Iterator[str]:
    """If most roles of a stack have a permissions boundary, all its roles and users have one.

    A role without the boundary is the way around it: whoever may use that role has permissions that
    the boundary should deny. Where the boundary is required for new roles, the deployment fails.
    Limits: The boundaries are not compared. Each template is judged alone, and not if half of its
    roles or more have none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

        boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
        iam.PermissionsBoundary.of(stack).apply(boundary)
    """
    if role.get("PermissionsBoundary") is not None:
        return
    others = [each for each in role.template.resources.values() if each.type in {ROLE, USER}]
    bounded = [each for each in others if each.get("PermissionsBoundary") is not None]
    if len(bounded) * 2 > len(others):
        yield f"has no permissions boundary, but {len(bounded)} others do, such as {bounded[0]}"
