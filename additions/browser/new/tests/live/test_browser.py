{% set rest, cognito = cookiecutter.api == 'rest', cookiecutter.api_auth == 'cognito' %}
"""What a browser sends: preflight requests, and requests of pages{{ '; a sign-in with PKCE' if cognito }}."""

import json
{% if cognito %}
import uuid
from collections.abc import Iterator
{% endif %}

import pytest

from infra.settings import ENVIRONMENTS
from tap_emulator.callers import Caller{{ ', User, enrolled' if cognito }}
{% if cognito %}
from tap_emulator.login import SignIn
{% endif %}
from tap_emulator.target import Target

FOREIGN = "https://example.org"
ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture
def origins(target: Target) -> tuple[str, ...]:
    """Return the origins of the environment."""
    return next(
        each.browser.origins for each in ENVIRONMENTS.values() if target.stack.endswith(f"-{each.name}")
    )


def test_preflight_requests_need_no_authorization(target: Target, origins: tuple[str, ...]) -> None:
    for origin in (*origins, FOREIGN):
        asked = {"Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "authorization,content-type"
        headers = {"Origin": origin, **asked}
        response = target.http().request("OPTIONS", target.url("items"), headers=headers)
        assert response.headers.get(ALLOW) in ({origin} if origin in origins else {None, *origins})
        if origin in origins:
            assert response.status == 204
            assert "POST" in response.headers["Access-Control-Allow-Methods"]
            assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()


def test_pages_of_the_origins_read_responses(
    target: Target, caller: Caller, origins: tuple[str, ...]
) -> None:
    url = target.url("items")
    for origin in (*origins, FOREIGN):
        headers = caller.headers("GET", url, None, {}) | {"Origin": origin}
        response = target.http().request("GET", url, headers=headers)
        assert response.status == 200
        assert response.headers.get(ALLOW) == (origin if origin in origins else None)
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_pages_of_the_origins_read_errors_of_the_gateway(
    target: Target, origins: tuple[str, ...]
) -> None:
    for origin in origins:
        response = target.http().request("GET", target.url("items"), headers={"Origin": origin})
        assert response.status in {401, 403}
        assert response.headers.get(ALLOW) == origin
        assert json.loads(response.data)
{% if cognito %}


@pytest.fixture
def sign_in(target: Target, origins: tuple[str, ...]) -> Iterator[SignIn]:
    """Yield the sign-in of a new user, and delete the user."""
    if not origins:  # as in production at first: without an origin, the stack has no login page
        pytest.skip("the environment has no origins")
    if target.emulator is None:  # `make smoke`: no test can read a person's one-time code
        pytest.skip("people fill in Cognito's own page")
    user = f"smoke-{uuid.uuid4()}@example.com"
    try:
        known = enrolled(target, user)
        yield SignIn(target=target, origin=origins[0], user=user, enrolled=known)
    finally:
        target.client("cognito-idp").admin_delete_user(
            UserPoolId=target.outputs["UserPoolId"], Username=user
        )


def test_people_sign_in_with_a_code_and_its_verifier(target: Target, sign_in: SignIn) -> None:
    assert sign_in.tokens(sign_in.code(), verifier="x" * 43)["error"] == "invalid_grant"
    tokens = sign_in.tokens(sign_in.code())
    assert tokens["expires_in"] == 3600
    url = target.url("items")
    headers = User(tokens["id_token"]).headers("GET", url, None, {})
    assert target.http().request("GET", url, headers=headers).status == 200


def test_a_code_is_used_once(sign_in: SignIn) -> None:
    code = sign_in.code()
    assert "id_token" in sign_in.tokens(code)
    assert sign_in.tokens(code)["error"] == "invalid_grant"


def test_a_password_alone_is_not_enough(sign_in: SignIn) -> None:
    assert sign_in.code(one_time="000000") == ""


def test_codes_are_sent_to_the_origins_only(target: Target, sign_in: SignIn) -> None:
    elsewhere = SignIn(
        target=target, origin=FOREIGN, user=sign_in.user, enrolled=sign_in.enrolled
    )
    assert elsewhere.code() == ""
{% endif %}
