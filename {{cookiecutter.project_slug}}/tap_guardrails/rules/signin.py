"""TAP51x: user pools and authorizers admit the users of the service, and no one else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tap_guardrails.model import Resource
from tap_guardrails.rule import rule

POOL, CLIENT = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"
JWT, REST = "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGateway::Authorizer"
PASSWORDS = ("Policies", "PasswordPolicy")
MINUTES = {"seconds": 1 / 60, "minutes": 1, "hours": 60, "days": 1440}
# The default unit of each token's validity.
UNITS = {"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"}
# The longest validity, in minutes.
LONGEST = {"AccessToken": 60, "IdToken": 60, "RefreshToken": 90 * 1440}

# The hosts whose pages may get a code over HTTP.
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1)([:/]|$)")


def _is(*path: str, value: object, default: object = None) -> Callable[[Resource], bool]:
    return lambda resource: resource.plain(*path, default=default) == value


def _below(*path: str, least: int, default: int = 0) -> Callable[[Resource], bool]:
    return lambda resource: resource.plain(*path, default=default) < least


def _above(*path: str, most: int, default: int = 0) -> Callable[[Resource], bool]:
    return lambda resource: resource.plain(*path, default=default) > most


# What is wrong with a user pool, and the sentence for it.
POOL_FAULTS: tuple[tuple[Callable[[Resource], bool], str], ...] = (
    (
        _is("AdminCreateUserConfig", "AllowAdminCreateUserOnly", value=False, default=False),
        "lets anyone create an account",
    ),
    (_is("MfaConfiguration", value="OFF", default="OFF"), "needs no second factor"),
    (_is("MfaConfiguration", value="OPTIONAL"), "leaves the second factor to the user"),
    (_below(*PASSWORDS, "MinimumLength", least=12, default=8), "admits short passwords"),
    (
        _above(*PASSWORDS, "TemporaryPasswordValidityDays", most=7, default=7),
        "keeps temporary passwords valid for more than a week",
    ),
    (
        lambda pool: pool.template.protected and pool.plain("DeletionProtection") != "ACTIVE",
        "has no deletion protection in a stack with termination protection",
    ),
)


@rule("TAP511", "security", POOL, profile="house")
def only_invited_users_sign_in(pool: Resource) -> Iterator[str]:
    """User pools are closed, with long passwords, a second factor and deletion protection.

    By default everyone on the internet creates an account, and a guessed password is enough.
    Limits: Identity providers of the pool, and users that exist, are not judged.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-admin-create-user-policy.html

        - self_sign_up_enabled=True,
        # or
        - mfa=cognito.Mfa.OFF,  # REQUIRED
        # or
        - password_policy=...,  # min_length=12
        # or
        - deletion_protection=False,
    """
    for is_wrong, detail in POOL_FAULTS:
        if is_wrong(pool):
            yield detail


@rule("TAP512", "security", CLIENT)
def clients_use_safe_flows(client: Resource) -> Iterator[str]:
    """Clients send no passwords, and receive no tokens in a URL.

    The password flow shows the password to every hop; the implicit flow leaves tokens in histories
    and logs; without HTTPS anyone reads the code. Errors that name existing users help to guess.
    Limits: Flows that the app's own code starts are not seen.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html

        - auth_flows=cognito.AuthFlow(user_password=True),  # user_srp=True
        # or
        - prevent_user_existence_errors=False,
        # or
        - enable_token_revocation=False,
        # or
        - flows=cognito.OAuthFlows(implicit_code_grant=True),  # authorization_code_grant=True
    """
    flows = client.items("ExplicitAuthFlows")
    if any(flow in ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH") for flow in flows):
        yield "lets users send their password"
    if client.plain("PreventUserExistenceErrors", default="LEGACY") != "ENABLED":
        yield "tells callers which users exist"
    if client.plain("EnableTokenRevocation", default=True) is False:
        yield "can't revoke tokens"
    if "implicit" in client.items("AllowedOAuthFlows"):
        yield "returns tokens in a URL"
    for url in (*client.items("CallbackURLs"), *client.items("LogoutURLs")):
        text = client.template.text(url)
        if text.startswith("http://") and not LOOPBACK.match(text):
            yield f"redirects to {text}"


@rule("TAP513", "security", JWT, REST)
def authorizers_name_their_users(authorizer: Resource) -> Iterator[str]:
    """Authorizers accept the tokens of this app's user pool and client, from a header.

    Another pool or client signs tokens for its own users. A token in the query string is in every
    log on the way.
    Limits: Authorizers that are functions are not judged, except for the source of the token.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

        - jwt_audience=[...],  # the ids of this app's clients
        # or
        - identity_source=["$request.querystring.token"],  # $request.header.Authorization
    """
    sources = authorizer.items("IdentitySource")
    if any("querystring" in authorizer.template.text(each) for each in sources):
        yield "reads the token from the query string"
    if authorizer.type == REST or authorizer.plain("AuthorizerType") != "JWT":
        return
    app = authorizer.app
    audience = authorizer.items("JwtConfiguration", "Audience")
    pools = [*app.resources(POOL)]
    if not audience:
        yield "accepts tokens for any audience"
    if not pools:
        return  # users of another identity provider
    if audience and not any(
        client.type == CLIENT for client in authorizer.targets("JwtConfiguration", "Audience")
    ):
        yield "accepts tokens for clients that are not of this app"
    issuer = authorizer.text("JwtConfiguration", "Issuer")
    named = app.named(issuer)
    if "cognito-idp" in issuer and named not in pools:
        yield f"accepts tokens of another user pool: {issuer}"


@rule("TAP514", "security", CLIENT, profile="house")
def tokens_expire(client: Resource) -> Iterator[str]:
    """Access tokens are valid for an hour at most, refresh tokens for ninety days.

    A stolen access token can't be revoked for the API, which only checks its signature.
    Limits: Validity in the settings of other identity providers is not judged.
    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html

        - access_token_validity=cdk.Duration.days(1),  # an hour at most
        # or
        - refresh_token_validity=...,  # 90 days at most
    """
    units: Any = client.get("TokenValidityUnits") or {}
    for token, most in LONGEST.items():
        value = client.plain(f"{token}Validity")
        unit = str(units.get(token, UNITS[token]))
        if isinstance(value, int | float) and value * MINUTES.get(unit, 1) > most:
            yield f"{token}Validity is {value:g} {unit}"
