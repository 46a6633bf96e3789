"""The stack of the pipeline's roles: two roles that GitHub Actions or GitLab CI/CD assumes.

A pipeline assumes them with its identity token, so that no access key is stored anywhere. Whom they
trust is in identity_github.py and identity_gitlab.py, their permissions in pipeline_role_*.yaml.
"""

from dataclasses import replace
from typing import Any, Protocol

import boto3
from botocore.exceptions import ClientError

from tap_project import toolkit
from tap_project.assembly import OperationError, Stack
from tap_project.deploy import Command, prepare
from tap_project.isolation import Policies, Request, permits
from tap_project.repository import diff_variable, environment_of

BOOTSTRAP = Command(
    name="make bootstrap",
    option="--pipeline-stack",
    deletion="aws cloudformation delete-stack --region {stack.region} --stack-name {stack.name}",
    skip="aws cloudformation continue-update-rollback --region {stack.region}"
    " --stack-name {stack.name} --resources-to-skip {skipped}",
    separator=" ",
)
# What the diff role reads.
READS = (
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
)


class Trust(Protocol):
    """Whom the roles trust: one repository, and the issuer of its tokens."""

    @property
    def issuer(self) -> str:
        """URL of the issuer."""

    @property
    def provider(self) -> str:
        """The issuer without its scheme, as ARNs and condition keys name it."""

    @property
    def template(self) -> str:
        """The template of the roles."""

    @property
    def parameters(self) -> dict[str, str]:
        """The template parameters of the trusted repository."""

    @property
    def warning(self) -> str:
        """The consequence of unknown ids, and the text to type; or empty."""

    def deployment(self, stack: Stack) -> dict[str, str]:
        """Return the template parameters of the environment's jobs."""

    def audience(self, region: str, /) -> str:
        """Return the audience of the tokens for a Region."""

    def subjects(self, environment: str, /) -> list[tuple[str, str]]:
        """Return every subject that a role of an environment trusts, with the role's purpose."""

    def roles(self, stack: Stack) -> str:
        """Return who can assume the roles, and their permissions."""

    def protection(self, stack: Stack) -> str:
        """Return the settings that keep others from deploying."""

    def variables(self, stack: Stack, diff: str, outputs: dict[str, str]) -> str:
        """Return the commands that set the variables of the roles; `diff` is a variable's name."""


def last_parameters(session: boto3.Session, stack: Stack) -> dict[str, str]:
    """Return the parameters of the pipeline's stack; none if there is no such stack yet."""
    found = _find(session.client("cloudformation"), name_of(stack))
    parameters = found.get("Parameters", []) if found else []
    return {each["ParameterKey"]: each["ParameterValue"] for each in parameters}


def name_of(stack: Stack) -> str:
    """Return the name of the stack with the pipeline roles."""
    return f"{stack.name}-pipeline"


def check_boundary(session: boto3.Session, stack: Stack, account: str, boundary: str) -> None:
    """Check that a permissions boundary allows the requests of the pipeline's roles.

    Args:
        session: reads IAM's policies.
        stack: the stack that the pipeline deploys.
        account: the account that `session` acts in.
        boundary: ARN of the boundary of the stack's roles, or empty.

    Raises:
        OperationError: it does not, or does not exist.
    """
    if not boundary:
        return
    try:
        statements = Policies(session, account).of_policy(boundary)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        raise OperationError(
            f"permissions_boundary of {stack.environment!r} is {boundary}, which does not exist;"
            " create it, or ask for it"
        ) from error
    roles = toolkit.role_arn(stack, account, "*").partition("-*-role-")[0] + "-*"
    needed = {
        f"sts:AssumeRole on {roles}": [
            Request("sts:AssumeRole", toolkit.role_arn(stack, account, kind), {})
            for kind in ("deploy", "file-publishing", "lookup")
        ],
        f"{', '.join(READS)} on {toolkit.stack_arn(stack.name, stack, account)}": [
            Request(action, toolkit.stack_arn(stack.name, stack, account).replace("/*", "/x"), {})
            for action in READS
        ],
    }
    for text, requests in needed.items():
        if not all(permits(statements, request) for request in requests):
            raise OperationError(
                f"the permissions boundary {boundary} does not allow what the pipeline's roles"
                f" need; add to it: {text}"
            )


def deploy_roles(
    session: boto3.Session, stack: Stack, trust: Trust, yes: str | None = None, boundary: str = ""
) -> dict[str, str]:
    """Create or update the stack of the pipeline's roles, from any state; return its outputs.

    A stack whose creation failed contains no data, and is deleted first. `yes` is its name, if
    there is no terminal. `boundary` is the ARN of the roles' permissions boundary, or empty.

    Raises:
        OperationError: the account's identity provider does not accept the pipeline's tokens, or
            the deletion or rollback of the stack was not confirmed.
    """
    cloudformation = session.client("cloudformation")
    name = name_of(stack)
    prepare(cloudformation, replace(stack, name=name), yes, (), BOOTSTRAP)
    found = _find(cloudformation, name)
    last = last_parameters(session, stack)
    owned = found and last.get("Issuer", trust.issuer) == trust.issuer
    owned = owned and _owns_provider(cloudformation, name)
    provider = "" if owned else _provider(session, stack, trust)
    parameters = parameters_of(stack, trust, boundary=boundary, provider=provider)
    request = {
        "StackName": name,
        "TemplateBody": trust.template,
        "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    }
    try:
        if found:
            cloudformation.update_stack(**request)
            cloudformation.get_waiter("stack_update_complete").wait(StackName=name)
        else:
            cloudformation.create_stack(**request, EnableTerminationProtection=True)
            cloudformation.get_waiter("stack_create_complete").wait(StackName=name)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
    outputs = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def parameters_of(stack: Stack, trust: Trust, *, boundary: str, provider: str) -> dict[str, str]:
    """Return the parameters of the pipeline's stack.

    Args:
        stack: the stack that the pipeline deploys.
        trust: the trusted repository.
        boundary: ARN of the roles' permissions boundary, or empty.
        provider: ARN of the account's identity provider, or empty to create it.
    """
    return {
        "Environment": stack.environment,
        "StackName": stack.name,
        "Qualifier": stack.qualifier,
        "Issuer": trust.issuer,
        "PermissionsBoundary": boundary,
        "ProviderArn": provider,
        **trust.parameters,
        **trust.deployment(stack),
    }


def _find(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found


def _owns_provider(cloudformation: Any, name: str) -> bool:
    """Return whether this stack created the identity provider, and must keep it."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return any(
        summary["LogicalResourceId"] == "Provider"
        for page in pages
        for summary in page["StackResourceSummaries"]
    )


def _provider(session: boto3.Session, stack: Stack, trust: Trust) -> str:
    """Return the ARN of the account's provider, or nothing: an account can have only one."""
    iam = session.client("iam")
    known = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    arns = [provider["Arn"] for provider in known]
    arn = next((arn for arn in arns if arn.endswith(f":oidc-provider/{trust.provider}")), "")
    if arn:
        audience = trust.audience(stack.region)
        provider = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        if audience not in provider["ClientIDList"]:
            raise OperationError(
                f"the identity provider {trust.provider} of the account does not accept the"
                f" audience {audience}; try: aws iam add-client-id-to-open-id-connect-provider"
                f" --open-id-connect-provider-arn {arn} --client-id {audience}"
            )
    return arn


def explain(
    stack: Stack, account: str, trust: Trust, execution_policies: str | None, boundary: str = ""
) -> str:
    """Return the resources to create and their permissions, for confirmation."""
    bounded = f"\n     Their permissions boundary: {boundary}." if boundary else ""
    return f"""\
This prepares account {account} in {stack.region} for {stack.name}:
  1. The CDK's own stack, {toolkit.name_of(stack)}: a bucket and a repository for assets, and the
     roles cdk-{stack.qualifier}-*. Policies of CloudFormation in deployments:
     {toolkit.permissions(execution_policies)}.
  2. Stack {name_of(stack)}: {trust.provider} as an identity provider,
     if the account has none, and two roles that only {trust.roles(stack)}{bounded}
No access key is created. Only these token subjects are trusted:
{trusted(stack, trust)}
{trust.warning}"""


def trusted(stack: Stack, trust: Trust) -> str:
    """Return the subjects that the roles trust, one a line."""
    subjects = trust.subjects(environment_of(stack))
    return "\n".join(f"  {purpose:6}  {subject}" for purpose, subject in subjects)


def next_steps(stack: Stack, trust: Trust, outputs: dict[str, str]) -> str:
    """Return how to restrict deployments, and how to set the variables of the roles."""
    return f"""\
The roles trust these token subjects:
{trusted(stack, trust)}
{trust.warning}\
{trust.protection(stack)}
{trust.variables(stack, variable_of(stack), outputs)}"""


def variable_of(stack: Stack) -> str:
    """Return the name of the variable with the role of the diff."""
    return diff_variable(stack.name, stack.environment)
