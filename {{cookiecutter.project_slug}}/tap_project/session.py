"""The AWS session for an environment, and confirmation by the user.

`python -m tap_project.session dev` checks, before a synth, what a command needs in the account.
"""

import argparse
import os
import sys
from typing import Protocol

import boto3
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from tap_project import environments, toolkit
from tap_project.assembly import OperationError, Stack
from tap_project.command import reported

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}


class Place(Protocol):
    """Where an environment is deployed: its settings, or its stack."""

    @property
    def region(self) -> str: ...

    @property
    def account(self) -> str | None: ...


def session_for(stack: Stack) -> tuple[boto3.Session, str]:
    """Return a session in the stack's region, and the account that it acts in.

    Raises:
        OperationError: no valid credentials, or those of an account not in the settings.
    """
    return session_in(stack, stack.environment)


def session_in(place: Place, environment: str) -> tuple[boto3.Session, str]:
    """Return a session in the region of an environment, and the account that it acts in.

    Raises:
        OperationError: no valid credentials, or those of an account not in the settings.
    """
    try:
        session = boto3.Session(region_name=place.region)
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise OperationError(reason(error)) from error
    if place.account is not None and account != place.account:
        raise OperationError(
            f"these are credentials of account {account}, but {environment!r} belongs to"
            f" {place.account}; try another AWS_PROFILE"
        )
    return session, account


def reason(error: BotoCoreError | ClientError) -> str:
    """Return why the caller can't be identified, and what to type, in one line."""
    text = " ".join(str(error).split())
    profile = os.environ.get("AWS_PROFILE")
    login = f"aws sso login --profile {profile}" if profile else "aws sso login"
    if isinstance(error, exceptions.ProfileNotFound):
        return f"{text[0].lower()}{text[1:]}; try: aws configure list-profiles"
    if isinstance(error, exceptions.NoCredentialsError):
        return f"there are no AWS credentials; try: {login}, or set AWS_PROFILE"
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return f"AWS can't be reached ({text}); check the network, HTTPS_PROXY and AWS_ENDPOINT_URL"
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code in EXPIRED or "expired" in text.lower():
        return f"the AWS credentials have expired ({text}); try: {login}"
    return f"the AWS credentials are not valid ({text}); try: {login}, or set AWS_PROFILE"


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
        try:
            given = input(f"{question} ").strip()
        except EOFError:
            given = ""
    if given != expected:
        raise OperationError(f"{given!r} is not {expected!r}: nothing was changed")


def require_bootstrap(
    session: boto3.Session, account: str, environment: str, qualifier: str
) -> None:
    """Require the CDK's bootstrap, unless the caller may not read its version.

    Raises:
        OperationError: there is none in the account and region.
    """
    name = f"/cdk-bootstrap/{qualifier}/version"
    try:
        session.client("ssm").get_parameter(Name=name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ParameterNotFound":
            raise OperationError(
                f"account {account} has no CDK bootstrap in {session.region_name};"
                f" try: {toolkit.command(environment)}"
            ) from error
        if code not in DENIED:  # the role of a pipeline can only assume others
            raise


def require_stack(session: boto3.Session, account: str, name: str, remedy: str) -> None:
    """Require a deployed stack, unless the caller may not describe it.

    Args:
        session: the session of its region.
        account: the account of the session.
        name: its name.
        remedy: the end of the message.

    Raises:
        OperationError: there is no such stack.
    """
    try:
        session.client("cloudformation").describe_stacks(StackName=name)
    except ClientError as error:
        if "does not exist" in str(error):
            raise OperationError(
                f"there is no stack {name!r} in {session.region_name} of account {account};"
                f" {remedy}"
            ) from error
        if error.response["Error"]["Code"] not in DENIED:
            raise


def main(arguments: list[str] | None = None) -> int:
    """Check credentials and account for one environment; print nothing if a command can start."""
    parser = argparse.ArgumentParser(prog="python -m tap_project.session", description=main.__doc__)
    parser.add_argument("environment")
    parser.add_argument("--bootstrap", action="store_true", help="require the CDK's bootstrap")
    parser.add_argument("--stack", action="store_true", help="require the deployed stack")
    parser.add_argument("--deletion", action="store_true", help="require a stack to delete")
    parser.add_argument("--nothing", action="store_true", help="require not even credentials")
    given = parser.parse_args(arguments)

    def check() -> int:
        if given.nothing:
            return 0
        settings = environments.known(given.environment)
        session, account = session_in(settings, settings.name)
        if given.bootstrap:
            qualifier = getattr(settings, "bootstrap_qualifier", None) or toolkit.DEFAULT_QUALIFIER
            require_bootstrap(session, account, settings.name, qualifier)
        if given.stack or given.deletion:
            deploy = f"try: make deploy ENV={settings.name}"
            remedy = "nothing is left to delete" if given.deletion else deploy
            require_stack(session, account, environments.stack_name(settings), remedy)
        return 0

    return reported(check)


if __name__ == "__main__":
    sys.exit(main())
