"""Tokens of users of the user pool, for `make call`."""

from __future__ import annotations

import base64
import getpass
import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tap_emulator.callers import signed_in
from tap_emulator.dev.instance import write
from tap_emulator.target import Target
from tap_project.assembly import OperationError

DEVELOPER = "developer@example.com"
# A token that ends sooner is renewed.
MINIMUM_SECONDS = 60
SIGN_IN = {"CALL_USER": "user name", "CALL_PASSWORD": "password", "CALL_CODE": "one-time code"}


def developer(target: Target, kept: Path) -> str:
    """Return the token of a user whom this creates in the emulator's pool.

    The same user answers until the token ends.
    """
    token = _kept(kept, target.outputs["UserPoolId"])
    if token is None:
        cognito = target.client("cognito-idp")
        with suppress(cognito.exceptions.UserNotFoundException):
            cognito.admin_delete_user(UserPoolId=target.outputs["UserPoolId"], Username=DEVELOPER)
        token = signed_in(target, DEVELOPER)
        _keep(kept, target.outputs["UserPoolId"], token)
    return token


def user_of_account(target: Target, kept: Path) -> str:
    """Return the token of the user of CALL_USER or of the prompt, who has signed in before.

    It is kept in a file that only this user can read, until it ends.

    Raises:
        OperationError: the user can't sign in, or nothing can be asked.
    """
    pool = target.outputs["UserPoolId"]
    key = f"{pool} {os.environ.get('CALL_USER', '')}"
    token = _kept(kept, key)
    if token is None:
        token = sign_in(target)
        _keep(kept, key, token)
    return token


def sign_in(target: Target) -> str:
    """Sign in with user name, password and, if the pool asks for it, a one-time code.

    Raises:
        OperationError: the user can't sign in, or nothing can be asked.
    """
    cognito = target.client("cognito-idp")
    pool, client = target.outputs["UserPoolId"], target.outputs["UserPoolClientId"]
    user = _asked("CALL_USER")
    try:
        step = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": _asked("CALL_PASSWORD")},
        )
        if step.get("ChallengeName") == "SOFTWARE_TOKEN_MFA":
            name = step["ChallengeParameters"].get("USER_ID_FOR_SRP", user)
            step = cognito.admin_respond_to_auth_challenge(
                UserPoolId=pool,
                ClientId=client,
                ChallengeName="SOFTWARE_TOKEN_MFA",
                Session=step["Session"],
                ChallengeResponses={
                    "USERNAME": name,
                    "SOFTWARE_TOKEN_MFA_CODE": _asked("CALL_CODE"),
                },
            )
    except ClientError as error:
        reason = error.response["Error"].get("Message", str(error))
        raise OperationError(f"{user!r} can't sign in: {reason}") from error
    if "AuthenticationResult" not in step:
        raise OperationError(
            f"{user!r} has to finish the first sign-in ({step.get('ChallengeName')});"
            " the README's section API has its commands"
        )
    return str(step["AuthenticationResult"]["IdToken"])


def _asked(variable: str) -> str:
    """Return the value of a variable, or of a prompt on a terminal.

    Raises:
        OperationError: neither.
    """
    if os.environ.get(variable):
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise OperationError(
            f"no {SIGN_IN[variable]} to sign in with; set {', '.join(SIGN_IN)}, or use a terminal"
        )
    question = f"{SIGN_IN[variable].capitalize()}: "
    return getpass.getpass(question) if variable == "CALL_PASSWORD" else input(question).strip()


def expiry(token: str) -> float:
    """Return when a token ends, in seconds of the epoch; 0 if it does not say so."""
    try:
        payload = token.split(".")[1]
        claims: dict[str, Any] = json.loads(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        )
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return 0


def _kept(file: Path, key: str) -> str | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    token = str(found.get("token"))
    valid = found.get("key") == key and expiry(token) > time.time() + MINIMUM_SECONDS
    return token if valid else None


def _keep(file: Path, key: str, token: str) -> None:
    write(file, json.dumps({"key": key, "token": token}))
