"""Prepares an account for deployments from {{ {'github': 'GitHub Actions', 'gitlab': 'GitLab CI/CD'}[cookiecutter.ci] }}: `python -m operations.bootstrap dev`.

After asking, it bootstraps the CDK and deploys pipeline-role.yaml: two roles that the pipeline
assumes with its identity token, so that no access key is stored anywhere.
"""

import argparse
import re
import sys
from dataclasses import replace
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations import identity, toolkit
from operations.assembly import OperationError, Stack, stack_of, stacks
from operations.deploy import Command, prepare
from operations.identity import Trust
from operations.isolation import require_isolation
from operations.session import confirm, session_for

BOOTSTRAP = Command(
    name="make bootstrap",
    option="--pipeline-stack",
    deletion="aws cloudformation delete-stack --region {stack.region} --stack-name {stack.name}",
    skip="aws cloudformation continue-update-rollback --region {stack.region}"
    " --stack-name {stack.name} --resources-to-skip {skipped}",
    separator=" ",
)


def last_parameters(session: boto3.Session, stack: Stack) -> dict[str, str]:
    """Return the parameters of the pipeline's stack; none if there is no such stack yet."""
    found = _find(session.client("cloudformation"), name_of(stack))
    parameters = found.get("Parameters", []) if found else []
    return {each["ParameterKey"]: each["ParameterValue"] for each in parameters}


def name_of(stack: Stack) -> str:
    """Return the name of the stack that holds the pipeline's roles."""
    return f"{stack.name}-pipeline"


def deploy_roles(
    session: boto3.Session, stack: Stack, trust: Trust, yes: str | None = None
) -> dict[str, str]:
    """Create or update the stack of the pipeline's roles, from any state; return its outputs.

    A stack whose creation failed holds no data, and is deleted first. `yes` is its name, where
    nobody can be asked.

    Raises:
        OperationError: the account's identity provider does not accept the pipeline's tokens, or
            nobody agreed to the deletion or rollback of the stack.
    """
    cloudformation = session.client("cloudformation")
    name = name_of(stack)
    prepare(cloudformation, replace(stack, name=name), yes, (), BOOTSTRAP)
    found = _find(cloudformation, name)
    last = last_parameters(session, stack)
    owned = found and last.get("Issuer", trust.issuer) == trust.issuer
    owned = owned and _owns_provider(cloudformation, name)
    parameters = {
        "Environment": stack.environment,
        "StackName": stack.name,
        "Qualifier": stack.qualifier,
        "Issuer": trust.issuer,
        "ProviderArn": "" if owned else _provider(session, stack, trust),
        **trust.parameters,
    }
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


def _find(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found


def _owns_provider(cloudformation: Any, name: str) -> bool:
    """Tell whether the identity provider came with this very stack, and so has to stay in it."""
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


def explain(stack: Stack, account: str, trust: Trust, execution_policies: str | None) -> str:
    """Say what will be created, and what it may do, before anyone agrees to it."""
    return f"""\
This prepares account {account} in {stack.region} for {stack.name}:
  1. The CDK's own stack, {toolkit.name_of(stack)}: a bucket and a repository for assets, and the
     roles cdk-{stack.qualifier}-*. Policies of CloudFormation in deployments:
     {toolkit.permissions(execution_policies)}.
{% if cookiecutter.ci == 'github' %}
  2. Stack {name_of(stack)}: {trust.provider} as an identity provider,
     if the account has none, and two roles that only GitHub Actions of {trust.repository}
     can assume:
       deploy  in jobs of the environment {stack.environment!r}; it may assume the CDK's roles for
               deployments, publishing assets and lookups, and nothing else;
       diff    in pull requests; it may read what CloudFormation knows of {stack.name}, and no data.
{% else %}
  2. Stack {name_of(stack)}: {trust.provider} as an identity provider,
     if the account has none, and two roles that only GitLab pipelines of {trust.repository}
     can assume:
       deploy  on the branch main; it may assume the CDK's roles for deployments, publishing assets
               and lookups, and nothing else;
       diff    on every branch; it may read what CloudFormation knows of {stack.name}, and no data.
{% endif %}
No access key is created. These subjects of tokens are trusted, and no others:
{trusted(stack, trust)}
{trust.warning}"""


def trusted(stack: Stack, trust: Trust) -> str:
    """Return the subjects that the roles trust, one a line."""
    subjects = trust.subjects(stack.environment)
    return "\n".join(f"  {purpose:6}  {subject}" for purpose, subject in subjects)


def next_steps(stack: Stack, trust: Trust, outputs: dict[str, str]) -> str:
    """Say what keeps others from deploying, and how the pipeline learns which roles are its own."""
    variable = f"AWS_DIFF_ROLE_{re.sub('-', '_', stack.environment).upper()}"
{% if cookiecutter.ci == 'github' %}
    reviewers = (
        "\n  give it required reviewers (what if you can't: docs/operations.md, Deploy)"
        if stack.production
        else ""
    )
    repository = f"--repo {trust.host}/{trust.repository}"
    return f"""\
The roles trust these subjects of tokens:
{trusted(stack, trust)}
{trust.warning}\
Under Settings > Environments of {trust.repository}:
  make the environment {stack.environment!r}
  let only the branch main deploy to it, or everybody who may push any branch can{reviewers}
Tell GitHub (or set the variables under Settings > Environments and Settings > Variables):
  gh variable set AWS_DEPLOY_ROLE {repository} \\
    --env {stack.environment} --body {outputs["DeployRoleArn"]}
  gh variable set {variable} {repository} --body {outputs["DiffRoleArn"]}"""
{% else %}
    project = f"--repo {trust.issuer}/{trust.repository}"
    return f"""\
The roles trust these subjects of tokens:
{trusted(stack, trust)}
{trust.warning}\
Protect the branch main (Settings > Repository): whoever may push to it can deploy.
Run no pipelines of forks in this project, where a fork's branch main passes for its own:
  glab api --hostname {trust.host} --method PUT {trust.api_path} \\
    --field ci_allow_fork_pipelines_to_run_in_parent_project=false
Tell GitLab (or set the variables under Settings > CI/CD > Variables):
  glab variable set AWS_DEPLOY_ROLE {project} \\
    --scope {stack.environment} {outputs["DeployRoleArn"]}
  glab variable set {variable} {project} {outputs["DiffRoleArn"]}"""
{% endif %}


def main(arguments: list[str] | None = None) -> int:
    """Bootstrap the CDK and create the pipeline's roles in the account of one environment."""
    parser = argparse.ArgumentParser(prog="make bootstrap", description=main.__doc__)
    toolkit.add_arguments(parser)
    identity.add_arguments(parser)
    parser.add_argument(
        BOOTSTRAP.option,
        metavar="STACK",
        help="the name of the pipeline's stack, instead of typing it, where it failed before",
    )
    given = parser.parse_args(arguments)
    try:
        stack = stack_of(given.environment)
        session, account = session_for(stack)
        trust = identity.trust_of(given, last_parameters(session, stack))
        print(explain(stack, account, trust, given.execution_policies))
        require_isolation(
            session,
            account,
            stack,
            stacks().values(),
            execution_policies=given.execution_policies,
            accepted=given.shared_account,
        )
        confirm("Type the account to go on:", account, given.yes, "--yes")
        toolkit.bootstrap(stack, account, given.execution_policies)
        outputs = deploy_roles(session, stack, trust, given.pipeline_stack)
        print(next_steps(stack, trust, outputs))
    except (OperationError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
