"""APIs and sign-in, with behavior of AWS that ministack lacks."""

from typing import Any

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
    """Require the second factor of a pool before a new password gives tokens."""
    respond = cognito._admin_respond_to_auth_challenge

    def answered(data: dict[str, Any]) -> Any:
        response = respond(data)
        pool, _ = cognito._resolve_pool(data.get("UserPoolId"))
        first = data.get("ChallengeName") == "NEW_PASSWORD_REQUIRED"
        if response[0] == 200 and first and pool["MfaConfiguration"] == "ON":
            challenge = {
                "ChallengeName": "MFA_SETUP",
                "ChallengeParameters": {},
                "Session": "x" * 32,
            }
            return cognito.json_response(challenge)
        return response

    cognito._admin_respond_to_auth_challenge = answered
