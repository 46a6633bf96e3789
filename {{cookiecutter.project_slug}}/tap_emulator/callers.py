"""Callers of an API in the live tests: an AWS identity, or a user of the user pool."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tap_emulator.target import Target


class Caller(Protocol):
    """A caller with access to the API."""

    def headers(
        self, method: str, url: str, data: str | bytes | None, headers: dict[str, str]
    ) -> dict[str, str]:
        """Return the headers that authenticate a request."""

    def forged(self, url: str) -> dict[str, str]:
        """Return headers for a GET request with invalid credentials."""


class Signer:
    """The AWS identity of a session; signs each request."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    def headers(
        self, method: str, url: str, data: str | bytes | None, headers: dict[str, str]
    ) -> dict[str, str]:
        """Return the headers of a signed request."""
        return self._signed(method, url, data, headers, self._session.get_credentials())

    def forged(self, url: str) -> dict[str, str]:
        """Return headers signed with an invalid secret."""
        real = self._session.get_credentials().get_frozen_credentials()
        return self._signed(
            "GET", url, None, {}, Credentials(real.access_key, "made up", real.token)
        )

    def _signed(
        self,
        method: str,
        url: str,
        data: str | bytes | None,
        headers: dict[str, str],
        credentials: Any,
    ) -> dict[str, str]:
        request = AWSRequest(method=method, url=url, data=data, headers=headers)
        SigV4Auth(credentials, "execute-api", self._session.region_name).add_auth(request)
        return dict(request.headers)


class User:
    """A user of the user pool, with a token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def headers(
        self, method: str, url: str, data: str | bytes | None, headers: dict[str, str]
    ) -> dict[str, str]:
        """Return the header with the token."""
        return {"Authorization": self.token}

    def forged(self, url: str) -> dict[str, str]:
        """Return the header of a token that no pool has issued."""
        made_up = [b'{"alg":"RS256","kid":"x"}', b'{"sub":"x","token_use":"id"}', b"signature"]
        return {"Authorization": b".".join(base64.urlsafe_b64encode(p) for p in made_up).decode()}


def one_time_code(secret: str) -> str:
    """Return the current code of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class Enrolled(NamedTuple):
    """A user of the user pool: a password, the secret of a second factor, and a token."""

    password: str
    secret: str
    token: str


def signed_in(target: Target, user: str) -> str:
    """Create a user with a password and a second factor, and return their token."""
    return enrolled(target, user).token


def enrolled(target: Target, user: str) -> Enrolled:
    """Create a user with a password and a second factor, and check that it takes both."""
    cognito = target.client("cognito-idp")
    pool, client = target.outputs["UserPoolId"], target.outputs["UserPoolClientId"]
    first, chosen = f"First-{uuid.uuid4()}", f"Chosen-{uuid.uuid4()}"
    cognito.admin_create_user(
        UserPoolId=pool, Username=user, TemporaryPassword=first, MessageAction="SUPPRESS"
    )

    def initiated(password: str) -> dict[str, Any]:
        step: dict[str, Any] = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": password},
        )
        return step

    step = initiated(first)
    _expect(step, "NEW_PASSWORD_REQUIRED")
    # Challenges need the user name, which can differ from the address.
    name = step["ChallengeParameters"].get("USER_ID_FOR_SRP", user)

    def answer(challenge: str, session: str, **responses: str) -> dict[str, Any]:
        answered: dict[str, Any] = cognito.admin_respond_to_auth_challenge(
            UserPoolId=pool,
            ClientId=client,
            ChallengeName=challenge,
            Session=session,
            ChallengeResponses={"USERNAME": name, **responses},
        )
        return answered

    step = answer("NEW_PASSWORD_REQUIRED", step["Session"], NEW_PASSWORD=chosen)
    _expect(step, "MFA_SETUP")
    factor = cognito.associate_software_token(Session=step["Session"])
    verified = cognito.verify_software_token(
        Session=factor["Session"], UserCode=one_time_code(factor["SecretCode"])
    )
    done = answer("MFA_SETUP", verified["Session"])
    token = str(done["AuthenticationResult"]["IdToken"])
    _expect(initiated(chosen), "SOFTWARE_TOKEN_MFA")
    return Enrolled(password=chosen, secret=factor["SecretCode"], token=token)


def _expect(step: Mapping[str, Any], challenge: str) -> None:
    """Check the next step of a sign-in: a password alone is not enough."""
    asked = step.get("ChallengeName", "nothing more")
    if asked != challenge:
        raise AssertionError(f"Cognito asks for {asked}, not for {challenge}")


@contextmanager
def authorized_caller(target: Target) -> Generator[Caller]:
    """Yield a caller with access to the API; create and delete a user if the API needs one."""
    if "UserPoolId" not in target.outputs:
        yield Signer(target.session)
        return
    user = f"smoke-{uuid.uuid4()}@example.com"
    try:
        yield User(signed_in(target, user))
    finally:
        target.client("cognito-idp").admin_delete_user(
            UserPoolId=target.outputs["UserPoolId"], Username=user
        )
