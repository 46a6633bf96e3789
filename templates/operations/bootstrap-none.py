"""Prepares an account for deployments: `python -m operations.bootstrap dev`, after asking."""

import argparse
import subprocess
import sys

from botocore.exceptions import BotoCoreError, ClientError

from operations.assembly import ASSEMBLY, ROOT, OperationError, stack_of
from operations.session import confirm, session_for


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


def main(arguments: list[str] | None = None) -> int:
    """Bootstrap the CDK in the account and region of one environment."""
    parser = argparse.ArgumentParser(prog="make bootstrap", description=main.__doc__)
    parser.add_argument("environment")
    parser.add_argument(
        "--execution-policies",
        metavar="ARN",
        help="what CloudFormation may do in deployments (default: AdministratorAccess)",
    )
    parser.add_argument("--yes", metavar="ACCOUNT", help="the account, instead of typing it")
    given = parser.parse_args(arguments)
    try:
        stack = stack_of(given.environment)
        _, account = session_for(stack)
        acts_with = given.execution_policies or "AdministratorAccess"
        print(f"This makes stack CDKToolkit in account {account}, {stack.region}: a bucket and a")
        print("repository for assets, and roles that whoever may assume roles there deploys with.")
        print(f"CloudFormation acts with {acts_with} in deployments.")
        confirm("Type the account to go on:", account, given.yes, "--yes")
        bootstrap(account, stack.region, given.execution_policies)
    except (OperationError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
