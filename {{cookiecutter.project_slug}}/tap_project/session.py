"""The AWS session for a stack, and confirmation by the user.

`python -m tap_project.session dev` checks the credentials, with a shorter message than other
commands.
"""

import argparse
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tap_project.assembly import OperationError, Stack, stack_of


def session_for(stack: Stack) -> tuple[boto3.Session, str]:
    """Return a session in the stack's region, and the account that it acts in.

    Raises:
        OperationError: no valid credentials, or those of an account not in the settings.
    """
    session = boto3.Session(region_name=stack.region)
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise OperationError(
            f"no valid AWS credentials ({error}); try: aws sso login, or set AWS_PROFILE"
        ) from error
    if stack.account is not None and account != stack.account:
        raise OperationError(
            f"these are credentials of account {account}, but {stack.environment!r} belongs to"
            f" {stack.account}; try another AWS_PROFILE"
        )
    return session, account


def deployment_session(session: boto3.Session, stack: Stack, account: str) -> boto3.Session:
    """Return a session with the CDK CLI's deployment role, the only one of a pipeline.

    If the role can't be assumed, return the caller's session, as the CLI does.
    """
    if stack.deploy_role is None:
        return session
    partition = session.get_partition_for_region(stack.region)
    role = stack.deploy_role.replace("${AWS::Partition}", partition)
    role = role.replace("${AWS::AccountId}", account)
    try:
        assumed = session.client("sts").assume_role(RoleArn=role, RoleSessionName="make-deploy")
    except ClientError:
        return session
    keys = assumed["Credentials"]
    return boto3.Session(
        keys["AccessKeyId"],
        keys["SecretAccessKey"],
        keys["SessionToken"],
        region_name=stack.region,
    )


def confirm(question: str, expected: str, given: str | None, option: str) -> None:
    """Require `expected` as the answer, typed on a terminal or `given` as an option.

    Raises:
        OperationError: another answer, or no terminal.
    """
    if given is None:
        if not sys.stdin.isatty():
            raise OperationError(
                f"confirmation needs a terminal; without one, add ARGS={option}={expected}"
            )
        given = input(f"{question} ").strip()
    if given != expected:
        raise OperationError(f"{given!r} is not {expected!r}: nothing was changed")


def main(arguments: list[str] | None = None) -> int:
    """Check the credentials for one environment; print nothing if they work."""
    parser = argparse.ArgumentParser(prog="python -m tap_project.session", description=main.__doc__)
    parser.add_argument("environment")
    given = parser.parse_args(arguments)
    try:
        session_for(stack_of(given.environment))
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
