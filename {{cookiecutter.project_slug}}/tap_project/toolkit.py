"""The CDK bootstrap stack: the bucket for assets, and the roles of deployments.

An environment with a `bootstrap_qualifier` has a separate bootstrap stack, whose deployment role
acts on the environment's stack only.
"""

import argparse
import subprocess
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.exceptions import ClientError

from tap_guardrails.regions import partition
from tap_project import answers
from tap_project.assembly import ASSEMBLY, ROOT, OperationError, Stack

CDK = ROOT / "node_modules" / ".bin" / "cdk"
TEMPLATE = ROOT / "node_modules" / "aws-cdk" / "lib" / "api" / "bootstrap"
DEFAULT_QUALIFIER = "hnb659fds"


# What a bootstrap needs to trust one repository, by `ci`.
REPOSITORY = {
    "github": " ARGS=--repository=OWNER/NAME",
    "gitlab": " ARGS=--repository=GROUP/NAME",
    "none": "",
}


def command(environment: str) -> str:
    """Return the command that bootstraps an environment.

    Raises:
        OperationError: pyproject.toml does not say which pipelines the project has.
    """
    return f"make bootstrap ENV={environment}{REPOSITORY[answers.ci()]}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of every bootstrap."""
    parser.add_argument("environment")
    parser.add_argument(
        "--execution-policies",
        metavar="ARN",
        help="policies of CloudFormation in deployments"
        " (default: the value of the last bootstrap, or AdministratorAccess)",
    )
    parser.add_argument(
        "--custom-permissions-boundary",
        metavar="NAME",
        help="managed policy that bounds every role of the CDK's own stack (default: the one of the"
        " last bootstrap)",
    )
    parser.add_argument(
        "--shared-account",
        action="store_true",
        help="accept that other environments in the same account can change production",
    )
    parser.add_argument("--yes", metavar="ACCOUNT", help="the account, instead of typing it")


def permissions(execution_policies: str | None) -> str:
    """Return the policies of CloudFormation in deployments."""
    return execution_policies or "AdministratorAccess, unless the last bootstrap named others"


def last_boundary(session: boto3.Session, stack: Stack) -> str | None:
    """Return the permissions boundary of the CDK's own stack, which the CLI would remove."""
    try:
        found = session.client("cloudformation").describe_stacks(StackName=name_of(stack))
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    parameters = found["Stacks"][0].get("Parameters", [])
    values = {each["ParameterKey"]: each["ParameterValue"] for each in parameters}
    return values.get("InputPermissionsBoundary") or None


def bootstrap(
    stack: Stack, account: str, execution_policies: str | None, boundary: str | None = None
) -> None:
    """Create or update the CDK's own stack for one environment.

    Args:
        stack: the stack that its roles deploy.
        account: the account to bootstrap.
        execution_policies: ARNs for CloudFormation, comma-separated.
        boundary: name of the permissions boundary of its roles.

    Raises:
        OperationError: the CDK CLI failed.
    """
    template = None
    if stack.qualifier != DEFAULT_QUALIFIER:
        template = str(write_template(stack, account, ROOT / "build"))
    given = arguments(stack, account, execution_policies, boundary, template)
    command = [str(CDK), *given, "--app", str(ASSEMBLY)]
    # A list of the project's own making, and no shell (S603).
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:  # noqa: S603
        raise OperationError(f"aws://{account}/{stack.region} was not bootstrapped; see above")


def arguments(
    stack: Stack,
    account: str,
    execution_policies: str | None,
    boundary: str | None,
    template: str | None,
) -> list[str]:
    """Return the arguments of the CDK CLI that bootstrap an environment.

    `template` is the file of `write_template`, for an environment with a separate bootstrap.
    """
    command = ["bootstrap", f"aws://{account}/{stack.region}"]
    if execution_policies is not None:
        command += ["--cloudformation-execution-policies", execution_policies]
    if boundary is not None:
        command += ["--custom-permissions-boundary", boundary]
        command += ["--apply-permissions-boundary-to-all-roles"]
    if template is not None:
        command += ["--qualifier", stack.qualifier, "--toolkit-stack-name", name_of(stack)]
        command += ["--template", template]
    return command


def name_of(stack: Stack) -> str:
    """Return the name of the CDK's own stack for an environment."""
    if stack.qualifier == DEFAULT_QUALIFIER:
        return "CDKToolkit"
    return f"CDKToolkit-{stack.qualifier}"


def role_arn(stack: Stack, account: str, kind: str) -> str:
    """Return the ARN of a role of the bootstrap, such as `deploy` or `cfn-exec`."""
    name = f"cdk-{stack.qualifier}-{kind}-role-{account}-{stack.region}"
    return f"arn:{partition(stack.region)}:iam::{account}:role/{name}"


def stack_arn(name: str, stack: Stack, account: str) -> str:
    """Return the ARN of a stack in the account and Region of another, with a wildcard id."""
    here = partition(stack.region)
    return f"arn:{here}:cloudformation:{stack.region}:{account}:stack/{name}/*"


def deploy_statements(stack: Stack, account: str) -> list[dict[str, Any]]:
    """Return the permissions of a role that deploys one stack and no other.

    They are those of the CDK's deployment role, without actions on every stack of the account
    (`cloudformation:*StackRefactor`) or for cross-account pipelines
    (https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml).
    """
    here = partition(stack.region)
    bucket = f"arn:{here}:s3:::cdk-{stack.qualifier}-assets-{account}-{stack.region}"
    parameters = f"arn:{here}:ssm:{stack.region}:{account}:parameter"
    return [
        {
            "Sid": "OwnStack",
            "Effect": "Allow",
            "Action": [
                "cloudformation:ContinueUpdateRollback",
                "cloudformation:CreateChangeSet",
                "cloudformation:CreateStack",
                "cloudformation:DeleteChangeSet",
                "cloudformation:DeleteStack",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:RollbackStack",
                "cloudformation:UpdateStack",
                "cloudformation:UpdateTerminationProtection",
            ],
            "Resource": stack_arn(stack.name, stack, account),
        },
        {
            "Sid": "OwnExecutionRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": role_arn(stack, account, "cfn-exec"),
        },
        {
            "Sid": "OwnAssets",
            "Effect": "Allow",
            "Action": ["s3:GetBucket*", "s3:GetObject*", "s3:List*"],
            "Resource": [bucket, f"{bucket}/*"],
        },
        {
            "Sid": "OwnVersion",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:GetParameters"],
            "Resource": f"{parameters}/cdk-bootstrap/{stack.qualifier}/version",
        },
    ]


def write_template(stack: Stack, account: str, folder: Path) -> Path:
    """Write the CDK's bootstrap template with a role that deploys one stack; return the file."""
    source = (TEMPLATE / "bootstrap-template.yaml").read_text(encoding="utf-8")
    template: dict[str, Any] = yaml.safe_load(source)
    role = template["Resources"]["DeploymentActionRole"]["Properties"]
    (policy,) = role["Policies"]
    policy["PolicyDocument"]["Statement"] = deploy_statements(stack, account)
    # Keeps the CLI from replacing this stack, which would broaden the role again.
    template["Parameters"]["BootstrapVariant"]["Default"] = f"Deploys {stack.name} only"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"bootstrap-{stack.environment}.yaml"
    file.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")
    return file
