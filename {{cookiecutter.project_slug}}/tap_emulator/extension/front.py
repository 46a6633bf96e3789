"""APIs and sign-in, with behavior of AWS that ministack lacks."""

import json
import secrets
from html import escape
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core.responses import (
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)
from ministack.services import apigateway, apigateway_v1, cognito, lambda_svc
from roles import permits

JSON = {"Content-Type": "application/json"}
HTTP_FAILURE = {
    "statusCode": 500,
    "headers": JSON,
    "body": '{"message":"Internal Server Error"}',
}


def allow_empty_responses() -> None:
    """Allow responses without a body, such as 204."""
    send = app._send_response

    async def respond(to: Any, status: int, headers: Any, body: Any, **options: Any) -> None:
        await send(to, status, headers, b"" if body is None else body, **options)

    app._send_response = respond


def route_unsigned_requests() -> None:
    """Assign requests without an AWS signature to the account of the API."""
    handle = app._handle_execute_api_request

    async def handled(
        host: str, path: str, method: str, headers: Any, body: Any, query: Any, **raw: Any
    ) -> Any:
        wanted = app._parse_execute_api_url(host, path)
        if wanted and not app.extract_access_key_id(headers, query):
            for apis in (apigateway._apis, apigateway_v1._rest_apis):
                for (account, region, identifier), _ in apis.all_items():
                    if identifier == wanted[0]:
                        set_request_account_id(account)
                        set_request_region(region)
        return await handle(host, path, method, headers, body, query, **raw)

    app._handle_execute_api_request = handled


def invoke_from_apis() -> None:
    """Check the function's permission, and add the stage to the path of HTTP APIs."""
    execute = lambda_svc._execute_function

    def executed(func: Any, event: Any) -> Any:
        context = event.get("requestContext", {}) if isinstance(event, dict) else {}
        if "apiId" not in context:
            return execute(func, event)
        method, _, path = context.get("routeKey", "").partition(" ")
        if "resourcePath" in context:
            method, path = context["httpMethod"], context["resourcePath"]
        api = f"{context['apiId']}/{context['stage']}/{method}{path}"
        arn = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api}"
        if not permits(func, "apigateway", arn):
            return {
                "error": True,
                "body": {"errorMessage": "the API is not allowed to invoke the function"},
            }
        if "rawPath" in event and context["stage"] != "$default":
            event["rawPath"] = f"/{context['stage']}{event['rawPath']}"
            context["http"]["path"] = event["rawPath"]
        return execute(func, event)

    lambda_svc._execute_function = executed


def allow_origins_to_read_errors() -> None:
    """Add the headers of an HTTP API's origins to its own errors, as to other responses."""
    handle = apigateway._handle_execute_in_scope

    async def handled(
        api: str, stage: str, path: str, method: str, headers: Any, *rest: Any, **more: Any
    ) -> Any:
        status, sent, body = await handle(api, stage, path, method, headers, *rest, **more)
        origin = {name.lower(): value for name, value in headers.items()}.get("origin", "")
        cors = (apigateway._apis.get(api) or {}).get("corsConfiguration") or {}
        return status, {**sent, **apigateway._cors_response_headers(cors, origin)}, body

    apigateway._handle_execute_in_scope = handled


def refuse_foreign_signatures() -> None:
    """Refuse other `Authorization` headers than signatures, and answer as HTTP APIs with IAM do."""
    enforce = app._enforce_execute_api

    def enforced(
        api: str,
        stage: str,
        method: str,
        path: str,
        headers: Any,
        query: Any,
        *rest: Any,
        **options: Any,
    ) -> Any:
        refused = enforce(api, stage, method, path, headers, query, *rest, **options)
        if apigateway.route_authorization_type(api, stage, method, path) != "AWS_IAM":
            return refused
        given = headers.get("authorization", "")
        foreign = given and not given.startswith("AWS4-HMAC-SHA256")
        return (403, JSON, b'{"message":"Forbidden"}') if refused or foreign else refused

    app._enforce_execute_api = enforced


class _FunctionFailed(Exception):
    """A function of a REST API failed."""


def hide_failures() -> None:
    """Answer for functions that failed as API Gateway does, without their error.

    A REST API answers with its gateway response, an HTTP API with a body that can't be changed.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
    """
    execute = lambda_svc._execute_function
    answered, invoke = apigateway_v1._lambda_proxy_response, apigateway_v1._invoke_lambda_proxy_v1

    def executed(func: Any, event: Any) -> Any:
        result = execute(func, event)
        from_http_api = isinstance(event, dict) and "apiId" in event.get("requestContext", {})
        if result.get("error") and from_http_api and "rawPath" in event:
            result = {**result, "body": HTTP_FAILURE}
        return result

    def response(result: Any) -> Any:
        answer, failure = answered(result)
        if failure:
            raise _FunctionFailed(failure)
        return answer, failure

    async def invoked(*given: Any, **options: Any) -> Any:
        try:
            return await invoke(*given, **options)
        except _FunctionFailed:
            return apigateway_v1._gw_error("DEFAULT_5XX", "Internal server error")

    lambda_svc._execute_function = executed
    apigateway_v1._lambda_proxy_response = response
    apigateway_v1._invoke_lambda_proxy_v1 = invoked


def require_second_factor() -> None:
    """Give tokens of a pool that requires a second factor only to users who have one.

    ministack gives them for the password alone until the user has enrolled.
    """
    decide, respond = cognito._password_auth_result, cognito._admin_respond_to_auth_challenge
    associate, verify = cognito._associate_software_token, cognito._verify_software_token
    users: dict[str, Any] = {}  # by the session of the challenge, of the secret, and of its code
    enrolled: set[str] = set()

    def challenge(pool: Any, pool_id: str, user: Any) -> Any:
        asked = cognito._mfa_challenge_for_user(pool, user, pool_id, user["Username"])
        if asked is None:
            session = secrets.token_urlsafe(32)
            users[session] = user
            asked = {"ChallengeName": "MFA_SETUP", "ChallengeParameters": {}, "Session": session}
        return cognito.json_response(asked)

    def decided(pool: Any, pool_id: str, client: str, user: Any, *rest: Any, **more: Any) -> Any:
        response = decide(pool, pool_id, client, user, *rest, **more)
        given = "AuthenticationResult" in json.loads(response[2])
        required = pool["MfaConfiguration"] == "ON"
        return challenge(pool, pool_id, user) if given and required else response

    def answered(data: dict[str, Any]) -> Any:
        name, pool_id = data.get("ChallengeName"), data.get("UserPoolId")
        if name == "MFA_SETUP" and data.get("Session") not in enrolled:
            return cognito.error_response_json(
                "NotAuthorizedException", "Invalid session for the user.", 400
            )
        response = respond(data)
        pool, _ = cognito._resolve_pool(pool_id)
        first = response[0] == 200 and name == "NEW_PASSWORD_REQUIRED"
        if first and pool["MfaConfiguration"] == "ON":
            user, _ = cognito._resolve_user(pool, data["ChallengeResponses"]["USERNAME"])
            return challenge(pool, str(pool_id), user)
        return response

    def associated(data: dict[str, Any]) -> Any:
        response = associate(data)
        if data.get("Session") in users:
            users[json.loads(response[2])["Session"]] = users.pop(data["Session"])
        return response

    def verified(data: dict[str, Any]) -> Any:
        secret = cognito._totp_session_secrets.get(data.get("Session"))
        response = verify(data)
        if response[0] == 200 and data.get("Session") in users:
            user = users.pop(data["Session"])
            user.update(_totp_secret=secret, _mfa_enabled=["SOFTWARE_TOKEN_MFA"])
            enrolled.add(json.loads(response[2])["Session"])
        return response

    cognito._password_auth_result = decided
    cognito._admin_respond_to_auth_challenge = answered
    cognito._associate_software_token = associated
    cognito._verify_software_token = verified


def ask_for_second_factor_at_login() -> None:
    """Ask for the one-time code on the login page, if the pool requires a second factor.

    ministack's page replaces Cognito's managed login, and asks for a password only.
    """
    issue, submit = cognito._issue_auth_code_redirect, cognito.handle_login_submit
    waiting: dict[str, tuple[Any, ...]] = {}

    def page(token: str, error: str = "") -> Any:
        shown = f'<div class="error">{escape(error)}</div>' if error else ""
        form = f"""{shown}
<form method="POST" action="/login">
<input type="hidden" name="code_token" value="{escape(token)}">
<label for="code">One-time code</label>
<input type="text" id="code" name="code" autocomplete="one-time-code" required autofocus>
<button type="submit">Sign in</button>
</form>"""
        html = cognito._page_shell("Sign in", "Sign in", form)
        return 200, {"Content-Type": "text/html; charset=utf-8"}, html.encode()

    def issued(client_id: str, pool_id: str, redirect_uri: str, *rest: Any) -> Any:
        pool = cognito._get_pool_unscoped(pool_id)
        if pool["MfaConfiguration"] != "ON":
            return issue(client_id, pool_id, redirect_uri, *rest)
        token = secrets.token_urlsafe()
        waiting[token] = (client_id, pool_id, redirect_uri, *rest)
        return page(token)

    def submitted(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        form = parse_qs((body or b"").decode())
        token = form.get("code_token", [""])[0]
        if token not in waiting:
            return submit(method, path, headers, body, query)
        _, pool_id, _, _, user, *_ = waiting[token]
        secret = cognito._get_pool_unscoped(pool_id)["_users"][user].get("_totp_secret", "")
        if not cognito._totp_matches(secret, form.get("code", [""])[0]):
            return page(token, "The code is wrong, or the user has no authenticator app yet.")
        return issue(*waiting.pop(token))

    cognito._issue_auth_code_redirect = issued
    cognito.handle_login_submit = submitted
