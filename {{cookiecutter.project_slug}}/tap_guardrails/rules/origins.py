"""TAP509: pages of the same origins can use every part of an API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tap_guardrails.model import App, NotJudged, Resource
from tap_guardrails.rule import rule

REST, HTTP = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
METHOD, RESPONSE = "AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse"
CLIENT = "AWS::Cognito::UserPoolClient"
FUNCTION = "AWS::Lambda::Function"
# The responses that stand for all others of API Gateway.
DEFAULTS = ("DEFAULT_4XX", "DEFAULT_5XX")
ORIGIN, CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"
CALLERS = "method.request.header.origin"
# The variable of a function with the origins that it answers, separated by spaces or commas.
VARIABLE = "ALLOWED_ORIGINS"
EVERY = frozenset({"*", "http://*", "https://*"})
_URL = re.compile(r"https?://[^\s\"'/\\,;)]+")


@rule("TAP509", "run", REST, HTTP, CLIENT, profile="house")
def origins_agree(resource: Resource) -> Iterator[str]:
    """Preflight requests, functions, errors and callback URLs of an API have the same origins.

    A page that may send a request, and can't read the answer or the error, only sees that the
    network failed: it can't tell an expired token from an outage. A page of another origin that can
    read answers is worse. With credentials, browsers reject `*`.
    Limits: Origins in an OpenAPI document, and those that code chooses without the variable
    ALLOWED_ORIGINS, are not judged; nor are clients with a secret.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html

        api.add_gateway_response(
            "Default4xx",
            type=apigateway.ResponseType.DEFAULT_4_XX,
            response_headers={"Access-Control-Allow-Origin": "'https://app.example.com'"},
        )
        # or, for an HTTP API
        cors_preflight=apigatewayv2.CorsPreflightOptions(
            allow_origins=["https://app.example.com"], allow_credentials=False
        ),
    """
    if resource.type == CLIENT:
        yield from _callbacks(resource)
    elif resource.type == HTTP:
        every = EVERY & _of_http(resource)
        if every and resource.plain("CorsConfiguration", "AllowCredentials") is True:
            yield f"allows credentials to {min(every)}"
    else:
        yield from _rest(resource)


def _rest(api: Resource) -> Iterator[str]:
    origins = _of_rest(api)
    for method in _preflights(api):
        for headers, _ in _answers(method):
            if headers.get(ORIGIN) == "*" and headers.get(CREDENTIALS) == "true":
                yield "allows credentials to *"
    if not _preflights(api):
        return
    responses = {each.text("ResponseType"): each for each in _below(api, RESPONSE)}
    for kind in DEFAULTS:
        if kind not in responses:
            yield f"answers {kind} without Access-Control-Allow-Origin"
    for kind, response in responses.items():
        headers = _headers(response.get("ResponseParameters") or {}, "gatewayresponse.header.")
        allowed = headers.get(ORIGIN)
        if allowed is None:
            yield f"answers {kind} without Access-Control-Allow-Origin"
        elif allowed.lower() == CALLERS:
            if len(origins) < 2:
                yield f"answers {kind} to every origin, and preflight requests to one"
        elif allowed not in origins:
            yield f"answers {kind} to {allowed}, and preflight requests to {_shown(origins)}"
        if headers.get(CREDENTIALS) == "true" and allowed in ("*", "method.request.header.Origin"):
            yield f"allows credentials to every origin for {kind}"
    for function in _functions(api):
        variables = function.get("Environment", "Variables") or {}
        if VARIABLE not in variables:
            continue
        known = set(re.split(r"[\s,]+", function.template.text(variables[VARIABLE]))) - {""}
        if known != origins:
            yield (
                f"answers preflight requests to {_shown(origins)}, and {function.path} answers"
                f" {_shown(known)}"
            )


def _callbacks(client: Resource) -> Iterator[str]:
    """Yield the callback and logout URLs of a public client that are at no origin of an API."""
    flows = client.items("AllowedOAuthFlows")
    if "code" not in flows or client.plain("GenerateSecret", default=False) is True:
        return
    origins = client.app.remembered(_of_app)
    if not origins or origins & EVERY:
        return
    for url in (*client.items("CallbackURLs"), *client.items("LogoutURLs")):
        parts = urlsplit(client.template.text(url))
        origin = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme in ("http", "https") and origin not in origins:
            yield f"sends people to {origin}, whose pages can't call the API"


def allowed_origins(api: Resource) -> frozenset[str]:
    """Return the origins whose pages may use an API.

    Raises:
        NotJudged: they are not in the template.
    """
    return _of_http(api) if api.type == HTTP else _of_rest(api)


def _of_app(app: App) -> frozenset[str]:
    try:
        return frozenset().union(*map(allowed_origins, app.resources(REST, HTTP)))
    except NotJudged:
        return frozenset()


def _of_http(api: Resource) -> frozenset[str]:
    return frozenset(map(api.template.text, api.items("CorsConfiguration", "AllowOrigins")))


def _of_rest(api: Resource) -> frozenset[str]:
    """Return the origins that preflight requests are answered with."""
    found: set[str] = set()
    for method in _preflights(api):
        for headers, template in _answers(method):
            found |= {headers[ORIGIN]} if ORIGIN in headers else set()
            found |= set(_URL.findall(template)) if ORIGIN in template.lower() else set()
    return frozenset(found)


def _preflights(api: Resource) -> list[Resource]:
    """Return the OPTIONS methods that name an origin."""
    return [
        method
        for method in _below(api, METHOD)
        if method.text("HttpMethod") == "OPTIONS"
        and any(ORIGIN in headers for headers, _ in _answers(method))
    ]


def _answers(method: Resource) -> list[tuple[dict[str, str], str]]:
    """Return headers and templates of a method's integration responses."""
    return [
        (
            _headers(each.get("ResponseParameters") or {}, "method.response.header."),
            " ".join(map(method.template.text, (each.get("ResponseTemplates") or {}).values())),
        )
        for each in method.items("Integration", "IntegrationResponses")
    ]


def _headers(parameters: dict[str, Any], prefix: str) -> dict[str, str]:
    """Return headers by their name in lower case; a constant without its quotes."""
    return {
        name.removeprefix(prefix).lower(): str(value).strip("'")
        for name, value in parameters.items()
        if name.startswith(prefix)
    }


def _below(api: Resource, kind: str) -> list[Resource]:
    return [each for each in api.app.resources(kind) if each.target("RestApiId") is api]


def _functions(api: Resource) -> list[Resource]:
    found = []
    for method in _below(api, METHOD):
        try:
            function = method.target("Integration", "Uri")
        except NotJudged:
            continue
        if function is not None and function.type == FUNCTION and function not in found:
            found.append(function)
    return found


def _shown(origins: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(origins)) or "none"
