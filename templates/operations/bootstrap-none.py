"""Prepares an account for deployments: `python -m operations.bootstrap dev`, after asking."""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError

from operations import toolkit
from operations.assembly import OperationError, stack_of, stacks
from operations.isolation import require_isolation
from operations.session import confirm, session_for


def main(arguments: list[str] | None = None) -> int:
    """Bootstrap the CDK in the account and region of one environment."""
    parser = argparse.ArgumentParser(prog="make bootstrap", description=main.__doc__)
    toolkit.add_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        stack = stack_of(given.environment)
        session, account = session_for(stack)
        name = toolkit.name_of(stack)
        print(f"This creates stack {name} in account {account}, {stack.region}: a bucket and a")
        print("repository for assets, and roles that whoever may assume roles there deploys with.")
        print("Policies of CloudFormation in deployments:")
        print(f"{toolkit.permissions(given.execution_policies)}.")
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
    except (OperationError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
