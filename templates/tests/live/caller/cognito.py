"""The caller of the API: a user of the user pool."""

import base64
import hashlib
import hmac
import struct
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tap_emulator.target import Target


class Caller:
    """A person of the user pool, with a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(
        self, method: str, url: str, data: str | bytes | None, headers: dict[str, str]
    ) -> dict[str, str]:
        """The header that proves who calls."""
        return {"Authorization": self._token}


def one_time_code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238: SHA-1, six digits, 30 seconds)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def signed_in(target: Target, user: str) -> str:
    """Invite somebody, let them choose a password and set up their second factor; their token."""
    cognito = target.client("cognito-idp")
    pool, client = target.outputs["UserPoolId"], target.outputs["UserPoolClientId"]
    first, chosen = f"First-{uuid.uuid4()}", f"Chosen-{uuid.uuid4()}"
    cognito.admin_create_user(
        UserPoolId=pool, Username=user, TemporaryPassword=first, MessageAction="SUPPRESS"
    )
    step = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": first},
    )
    assert step["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    # Challenges are answered under the user's own name, which may not be the address.
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
    assert step["ChallengeName"] == "MFA_SETUP", "a password alone must not be enough"
    factor = cognito.associate_software_token(Session=step["Session"])
    verified = cognito.verify_software_token(
        Session=factor["Session"], UserCode=one_time_code(factor["SecretCode"])
    )
    done = answer("MFA_SETUP", verified["Session"])
    return str(done["AuthenticationResult"]["IdToken"])


@pytest.fixture(scope="session")
def caller(target: Target) -> Iterator[Caller]:
    """Who calls the API: somebody who is invited for the tests, and deleted then."""
    user = f"smoke-{uuid.uuid4()}@example.com"
    try:
        yield Caller(signed_in(target, user))
    finally:
        target.client("cognito-idp").admin_delete_user(
            UserPoolId=target.outputs["UserPoolId"], Username=user
        )


@pytest.fixture
def impostor() -> dict[str, str]:
    """The header of somebody whose token no pool has given."""
    made_up = [b'{"alg":"RS256","kid":"x"}', b'{"sub":"x","token_use":"id"}', b"signature"]
    return {"Authorization": b".".join(base64.urlsafe_b64encode(p) for p in made_up).decode()}
