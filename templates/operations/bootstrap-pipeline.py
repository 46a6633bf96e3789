"""Prepares an account for deployments from {{ {'github': 'GitHub Actions', 'gitlab': 'GitLab CI/CD'}[cookiecutter.ci] }}: `python -m operations.bootstrap dev`.

After asking, it bootstraps the CDK and deploys pipeline-role.yaml: two roles that the pipeline can
take on with its identity token, so that no access key is stored anywhere.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations.assembly import ASSEMBLY, ROOT, OperationError, Stack, stack_of
from operations.session import confirm, session_for

TEMPLATE = Path(__file__).with_name("pipeline-role.yaml")
PROVIDER = "{{ {'github': 'token.actions.githubusercontent.com', 'gitlab': 'gitlab.com'}[cookiecutter.ci] }}"


def bootstrap(account: str, region: str, execution_policies: str | None) -> None:
    """Make or update the CDK's own stack in one account and region.

    Raises:
        OperationError: the CDK CLI failed.
    """
    cdk = ROOT / "node_modules" / ".bin" / "cdk"
    command = [str(cdk), "bootstrap", "--app", str(ASSEMBLY), f"aws://{account}/{region}"]
    if execution_policies is not None:
        command += ["--cloudformation-execution-policies", execution_policies]
    # A list of the project's own making, and no shell (S603).
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:  # noqa: S603
        raise OperationError(f"aws://{account}/{region} was not bootstrapped; see above")


def deploy_roles(session: boto3.Session, stack: Stack, repository: str) -> dict[str, str]:
    """Make or update the stack of the pipeline's roles; return its outputs."""
    cloudformation = session.client("cloudformation")
    name = f"{stack.name}-pipeline"
    exists = _exists(cloudformation, name)
    parameters = {
        "Environment": stack.environment,
        "StackName": stack.name,
        "Repository": repository,
        "ProviderArn": (
            "" if exists and _owns_provider(cloudformation, name) else _provider(session)
        ),
    }
    request = {
        "StackName": name,
        "TemplateBody": TEMPLATE.read_text(encoding="utf-8"),
        "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    }
    try:
        if exists:
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


def _exists(cloudformation: Any, name: str) -> bool:
    try:
        cloudformation.describe_stacks(StackName=name)
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return True


def _owns_provider(cloudformation: Any, name: str) -> bool:
    """Tell whether the identity provider came with this very stack, and so has to stay in it."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return any(
        summary["LogicalResourceId"] == "Provider"
        for page in pages
        for summary in page["StackResourceSummaries"]
    )


def _provider(session: boto3.Session) -> str:
    """Return the ARN of the account's provider, or nothing: an account can have only one."""
    known = session.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    arns = [provider["Arn"] for provider in known]
    return next((arn for arn in arns if arn.endswith(f"oidc-provider/{PROVIDER}")), "")


def explain(stack: Stack, account: str, repository: str, execution_policies: str | None) -> str:
    """Say what will be made, and what it may do, before anyone agrees to it."""
    return f"""\
This prepares account {account} in {stack.region} for {stack.name}:
  1. The CDK's own stack, CDKToolkit: a bucket and a repository for assets, and the roles cdk-*-role.
     CloudFormation acts with {execution_policies or "AdministratorAccess"} in deployments.
{% if cookiecutter.ci == 'github' %}
  2. Stack {stack.name}-pipeline: {PROVIDER} as an identity provider, if the account has none,
     and two roles that only GitHub Actions of {repository} can take on:
       deploy  in jobs of the environment {stack.environment!r}; it may assume the CDK's roles for
               deployments, publishing assets and lookups, and nothing else;
       diff    in pull requests; it may read what CloudFormation knows of {stack.name}, and no data.
{% else %}
  2. Stack {stack.name}-pipeline: {PROVIDER} as an identity provider, if the account has none,
     and two roles that only GitLab pipelines of {repository} can take on:
       deploy  on the branch main; it may assume the CDK's roles for deployments, publishing assets
               and lookups, and nothing else;
       diff    on every branch; it may read what CloudFormation knows of {stack.name}, and no data.
{% endif %}
No access key is made."""


def next_steps(stack: Stack, repository: str, outputs: dict[str, str]) -> str:
    """Say what keeps others from deploying, and how the pipeline learns which roles are its own."""
    variable = f"AWS_DIFF_ROLE_{re.sub('-', '_', stack.environment).upper()}"
{% if cookiecutter.ci == 'github' %}
    reviewers = (
        "\n  give it required reviewers (what if you can't: docs/operations.md, Deploy)"
        if stack.production
        else ""
    )
    return f"""\
Under Settings > Environments of {repository}:
  make the environment {stack.environment!r}
  let only the branch main deploy to it, or everybody who may push any branch can{reviewers}
Tell GitHub (or set the variables under Settings > Environments and Settings > Variables):
  gh variable set AWS_DEPLOY_ROLE --env {stack.environment} --body {outputs["DeployRoleArn"]}
  gh variable set {variable} --body {outputs["DiffRoleArn"]}"""
{% else %}
    return f"""\
Protect the branch main (Settings > Repository): whoever may push to it can deploy.
Run no pipelines of forks in this project, where a fork's branch main passes for its own:
  glab api --method PUT projects/{repository.replace("/", "%2F")} \\
    --field ci_allow_fork_pipelines_to_run_in_parent_project=false
Tell GitLab (or set the variables under Settings > CI/CD > Variables):
  glab variable set AWS_DEPLOY_ROLE --scope {stack.environment} {outputs["DeployRoleArn"]}
  glab variable set {variable} {outputs["DiffRoleArn"]}"""
{% endif %}


def main(arguments: list[str] | None = None) -> int:
    """Bootstrap the CDK and make the pipeline's roles in the account of one environment."""
    parser = argparse.ArgumentParser(prog="make bootstrap", description=main.__doc__)
    parser.add_argument("environment")
{% if cookiecutter.ci == 'github' %}
    parser.add_argument("--repository", metavar="OWNER/NAME", help="the repository on GitHub")
{% else %}
    parser.add_argument("--repository", metavar="GROUP/NAME", help="the project's path on GitLab")
{% endif %}
    parser.add_argument(
        "--execution-policies",
        metavar="ARN",
        help="what CloudFormation may do in deployments (default: AdministratorAccess)",
    )
    parser.add_argument("--yes", metavar="ACCOUNT", help="the account, instead of typing it")
    given = parser.parse_args(arguments)
    try:
        stack = stack_of(given.environment)
        repository = _repository(given.repository)
        session, account = session_for(stack)
        print(explain(stack, account, repository, given.execution_policies))
        confirm("Type the account to go on:", account, given.yes, "--yes")
        bootstrap(account, stack.region, given.execution_policies)
        outputs = deploy_roles(session, stack, repository)
        print(next_steps(stack, repository, outputs))
    except (OperationError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _repository(given: str | None) -> str:
    """Return the repository if it is one.

    Raises:
        OperationError: none was given, or a pattern that would let other repositories in.
    """
    if given is None or not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", given):
        raise OperationError(
            f"repository {given!r} is not a path such as 'org/name'; try:"
            " make bootstrap ENV=... ARGS=--repository=org/name"
        )
    return given


if __name__ == "__main__":
    sys.exit(main())
