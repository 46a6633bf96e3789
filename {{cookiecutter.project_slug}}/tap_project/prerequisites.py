"""What another team must provide before the first deployment: `make bootstrap ARGS=--print`.

It needs no credentials and changes nothing: it prints the commands, and writes them with the
templates and parameters to build/prerequisites-<environment>.
"""

import json
import shlex
from pathlib import Path

from tap_guardrails.regions import partition
from tap_project import pipeline, toolkit
from tap_project.assembly import ASSEMBLY, ROOT, Stack
from tap_project.isolation import shared
from tap_project.pipeline import Trust

BUILD = ROOT / "build"


def prepare(
    stack: Stack,
    found: list[Stack],
    account: str,
    trust: Trust | None,
    *,
    execution_policies: str | None,
    own_boundary: str | None,
    boundary: str,
) -> str:
    """Write the files for the other team, and return their explanation.

    Args:
        stack: the stack of the environment.
        found: the stacks of all environments.
        account: the account that the other team prepares.
        trust: the repository that the pipeline's roles trust; None without pipelines.
        execution_policies: ARNs for CloudFormation, comma-separated; None: AdministratorAccess.
        own_boundary: name of the permissions boundary of the CDK's roles, or None.
        boundary: ARN of the permissions boundary of the stack's roles, or empty.
    """
    folder = BUILD / f"prerequisites-{stack.environment}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        f"# Prerequisites of {stack.name} in account {account}, {stack.region}\n\n"
        "Run the commands in this folder.",
        _policies(stack, boundary, own_boundary, with_pipeline=trust is not None),
        _isolation(found, account),
        _bootstrap(stack, account, folder, execution_policies, own_boundary),
    ]
    if trust is not None:
        parts += [_roles(stack, account, trust, folder, boundary), _variables(stack, trust)]
    parts.append(f"""\
## Check

    make doctor ENV={stack.environment}

It needs credentials that may read the account, and names what is missing.""")
    text = "\n\n".join(filter(None, parts)) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8")
    shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    return f"{text}\nWritten to {shown}, with the files that the commands name."


def _policies(
    stack: Stack, boundary: str, own_boundary: str | None, *, with_pipeline: bool
) -> str | None:
    lines = []
    if boundary:
        roles = "the stack's roles and the pipeline's" if with_pipeline else "the stack's roles"
        lines.append(f"- {boundary}, the permissions boundary of {roles}.")
    if boundary and with_pipeline:
        lines.append(
            f"  It has to allow sts:AssumeRole on the roles cdk-{stack.qualifier}-*, and"
            f" {', '.join(pipeline.READS)} on the stack {stack.name}."
        )
    if own_boundary:
        lines.append(f"- {own_boundary}, the permissions boundary of the CDK's own roles.")
    return "\n".join(["## Managed policies", "", *lines]) if lines else None


def _isolation(found: list[Stack], account: str) -> str | None:
    production, others = shared(found, account)
    if not production:
        return None
    names = ", ".join(stack.environment for stack in others)
    return f"""\
## Shared account

{", ".join(stack.environment for stack in production)} may be in the same account as {names}: \
whoever deploys one of these can then change production.
Separate accounts prevent that; in one account, docs/operations.md (Shared account) lists the
measures."""


def _bootstrap(
    stack: Stack,
    account: str,
    folder: Path,
    execution_policies: str | None,
    own_boundary: str | None,
) -> str:
    administrator = f"arn:{partition(stack.region)}:iam::aws:policy/AdministratorAccess"
    policies = execution_policies or administrator
    template = None
    if stack.qualifier != toolkit.DEFAULT_QUALIFIER:
        template = toolkit.write_template(stack, account, folder).name
    command = ["npx", f"aws-cdk@{_cli()}"]
    command += toolkit.arguments(stack, account, policies, own_boundary, template)
    manifest = json.loads((ASSEMBLY / "manifest.json").read_text(encoding="utf-8"))
    properties = manifest["artifacts"][stack.name]["properties"]
    return f"""\
## CDK bootstrap

Stack {toolkit.name_of(stack)}, version {properties["requiresBootstrapStackVersion"]} or newer, \
qualifier {stack.qualifier}:

    {_wrapped(command)}

CloudFormation deploys with {policies}. No other account is trusted (`--trust`)."""


def _roles(stack: Stack, account: str, trust: Trust, folder: Path, boundary: str) -> str:
    template, parameters = folder / "pipeline.yaml", folder / "pipeline-parameters.json"
    template.write_text(trust.template, encoding="utf-8")
    values = pipeline.parameters_of(stack, trust, boundary=boundary, provider="")
    listed = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    parameters.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    name = pipeline.name_of(stack)
    command = ["aws", "cloudformation", "create-stack", "--region", stack.region]
    command += ["--stack-name", name, "--enable-termination-protection"]
    command += ["--capabilities", "CAPABILITY_IAM", "--template-body", f"file://{template.name}"]
    command += ["--parameters", f"file://{parameters.name}"]
    here = partition(stack.region)
    subjects = pipeline.trusted(stack, trust)
    return f"""\
## Pipeline roles

Stack {name}: two roles that only {trust.roles(stack)}

They trust these token subjects:

{subjects}
{trust.warning}
    {_wrapped(command)}

If the account has the identity provider already, set ProviderArn in {parameters.name} to
arn:{here}:iam::{account}:oidc-provider/{trust.provider}; it has to accept the audience
{trust.audience(stack.region)}."""


def _variables(stack: Stack, trust: Trust) -> str:
    outputs = {name: f"<{name}>" for name in ("DeployRoleArn", "DiffRoleArn")}
    return f"""\
## Variables of the pipeline

The values are outputs of {pipeline.name_of(stack)}.

{trust.variables(stack, pipeline.variable_of(stack), outputs)}

{trust.protection(stack)}"""


def _cli() -> str:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    return str(wanted["devDependencies"]["aws-cdk"])


def _wrapped(command: list[str]) -> str:
    """Return a command with an option on each line."""
    return shlex.join(command).replace(" --", " \\\n      --")
