"""TAP5xx: APIs are regional, authorize their callers, and are logged and traced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tap_guardrails.model import NotJudged, Resource
from tap_guardrails.references import precedes
from tap_guardrails.rule import rule
from tap_guardrails.rules.alarms import is_websocket

URL = "AWS::Lambda::Url"
REST_STAGE, HTTP_STAGE = "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"
METHOD, ROUTE = "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
# The default timeouts in seconds, of REST and WebSocket APIs, and of HTTP APIs.
LIMIT, HTTP_LIMIT = 29, 30
# The header by which Lambda answers before the function is done.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
INVOCATION_TYPE = "integration.request.header.x-amz-invocation-type"
LIMITS = ("ThrottlingRateLimit", "ThrottlingBurstLimit")


def _logs(stage: Resource) -> bool:
    """Return whether a REST stage writes logs with the account's role."""
    levels = [s.get("LoggingLevel", "OFF") for s in stage.items("MethodSettings")]
    place = (
        stage.text("AccessLogSetting", "DestinationArn") if stage.get("AccessLogSetting") else ""
    )
    stream = stage.app.named(place)
    firehose = ":firehose:" in place or (stream is not None and "Firehose" in stream.type)
    return bool(place and not firehose) or any(level != "OFF" for level in levels)


@rule("TAP501", "deploy", REST_STAGE)
def accounts_let_apis_log(stage: Resource) -> Iterator[str]:
    """REST stages with logs are created after the account's logging role.

    CDK's recommended feature flags no longer create this role, and the deployment fails with
    "CloudWatch Logs role ARN must be set in account settings to enable logging". It succeeds only
    in accounts that already have a role.
    Limits: A role that another app sets for the account is not seen: acknowledge the finding.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
    """
    found = list(stage.app.resources("AWS::ApiGateway::Account"))
    accounts = [each for each in found if each.template is stage.template]
    before = [each for each in found if each not in accounts and _is_before(each, stage)]
    if not _logs(stage) or before:
        return
    if not accounts:
        yield "writes logs, but the stack sets no CloudWatch role for the account"
    elif not stage.depends() & {account.id for account in accounts}:
        yield f"does not depend on {accounts[0].path}"


@rule("TAP508", "silent", "AWS::ApiGateway::Account")
def logging_roles_outlive_their_stack(account: Resource) -> Iterator[str]:
    """The account's logging role for API Gateway is retained.

    An account has one such role per Region, which all its APIs use. If the stack that set it is
    deleted, every other API in the Region stops writing logs.
    Limits: A role of another app is not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
        # or, for a role that you create
        role.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    """
    role = account.target("CloudWatchRoleArn")
    if role and "Retain" not in str(role.body.get("DeletionPolicy")):
        yield f"its role {role.path} is deleted with the stack"


def _is_before(account: Resource, stage: Resource) -> bool:
    """Return whether another stack sets the account's role before the stack of a stage."""
    nested = account.template.nested
    for name, child in nested.items():
        if child is stage.template and account.id in account.template.resources[name].depends():
            return True
    return precedes(account, stage)


@rule("TAP502", "run", "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Integration")
def functions_answer_in_time(caller: Resource) -> Iterator[tuple[Resource, str]]:
    """Functions behind an API time out before the API does.

    The client receives a 504 after 29 seconds (HTTP: 30), or after the timeout of the integration,
    while the function keeps running.
    Limits: Integrations in an OpenAPI document are not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html

        timeout=cdk.Duration.seconds(20),
    """
    function = _called(caller)
    if function is None or _is_asynchronous(caller):
        return
    callers = [c for c in caller.app.resources(caller.type) if _called(c) is function]
    limits = [(_limit(each), each) for each in callers if not _is_asynchronous(each)]
    limit, strictest = min(limits, key=lambda pair: pair[0])
    timeout = function.plain("Timeout", default=3)
    if caller is strictest and timeout > limit:
        yield function, f"can run for {timeout} s, but its API waits {limit:g} s"


def _called(caller: Resource) -> Resource | None:
    """Return the function that a method or an integration invokes."""
    path = ("Integration", "Uri") if caller.type == METHOD else ("IntegrationUri",)
    try:
        function = caller.target(*path)
    except NotJudged:
        return None
    return function if function and function.type == "AWS::Lambda::Function" else None


def _integration(caller: Resource, name: str) -> Any:
    return caller.get("Integration", name) if caller.type == METHOD else caller.get(name)


def _limit(caller: Resource) -> float:
    """Return the seconds for which a method or an integration waits for the function."""
    path = ("Integration", "TimeoutInMillis") if caller.type == METHOD else ("TimeoutInMillis",)
    api = caller.target("ApiId") if caller.type == INTEGRATION else None
    http = caller.type == INTEGRATION and not (api and is_websocket(api))
    default = 1000 * (HTTP_LIMIT if http else LIMIT)
    return float(caller.plain(*path, default=default)) / 1000


def _is_asynchronous(caller: Resource) -> bool:
    """Return whether the API does not wait for the function, or lets the client decide."""
    headers = _integration(caller, "RequestParameters") or {}
    for name, value in headers.items():
        if name.lower() == INVOCATION_TYPE:
            return "RequestResponse" not in caller.template.text(value)
    return False


@rule("TAP503", "run", "AWS::ApiGateway::RestApi", profile="house")
def apis_are_regional(api: Resource) -> Iterator[str]:
    """REST APIs are regional.

    The default, EDGE, is not available in every Region, and adds a CloudFront distribution that you
    can't configure.
    Limits: An EDGE API that serves clients worldwide by intention is rejected as well.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html

        endpoint_types=[apigateway.EndpointType.REGIONAL]
    """
    if not {"REGIONAL", "PRIVATE"} & set(api.items("EndpointConfiguration", "Types")):
        yield "is EDGE-optimized"


@rule("TAP504", "security", "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route", URL)
def callers_are_known(method: Resource) -> Iterator[str]:
    """Every API method and function URL authorizes its callers.

    The default is NONE: anyone on the internet can call it.
    Limits: Methods in an OpenAPI document, and the code of authorizers, are not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html

        default_method_options=apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.IAM
        ),
        # or, for an HTTP API
        default_authorizer=authorizers.HttpIamAuthorizer(),
        # or, for the URL of a function
        auth_type=lambda_.FunctionUrlAuthType.AWS_IAM,
    """
    kind = "AuthType" if method.type == URL else "AuthorizationType"
    if method.plain(kind, default="NONE") == "NONE" and not _has_no_strangers(method):
        word = method.plain("HttpMethod") or method.plain("RouteKey") or "its URL"
        key = method.type == METHOD and method.plain("ApiKeyRequired") is True
        access = "needs an API key only, which is no authorization" if key else "is open to anyone"
        yield f"{word} {access}"


def _has_no_strangers(method: Resource) -> bool:
    """Return whether a method needs no authorizer: for CORS, of a connection, or in a VPC."""
    if method.type == ROUTE:
        key, api = method.text("RouteKey"), method.target("ApiId")
        words = key.split()
        websocket = is_websocket(api) if api else len(words) == 1 and key != "$default"
        return words[:1] == ["OPTIONS"] or (websocket and key != "$connect")
    api = method.target("RestApiId") if method.type == METHOD else None
    private = api is not None and "PRIVATE" in api.items("EndpointConfiguration", "Types")
    return private or method.text("HttpMethod") == "OPTIONS"


@rule("TAP505", "cost", REST_STAGE, HTTP_STAGE, profile="house")
def requests_are_throttled(stage: Resource) -> Iterator[str]:
    """Stages throttle all requests.

    Without its own limits, a stage can use the account's entire quota of 10,000 requests per
    second, and every other API is throttled. Limits of some methods leave the others unlimited.
    Limits: The values, and the limits of usage plans, are not considered.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html

        throttling_rate_limit=50, throttling_burst_limit=100,
    """
    if stage.type == REST_STAGE:
        limited = [
            (
                stage.template.text(each.get("HttpMethod")),
                stage.template.text(each.get("ResourcePath")),
            )
            for each in stage.items("MethodSettings")
            if _is_limit(each)
        ]
        open_ = [] if ("*", "/*") in limited else _unlimited(stage, limited)
    else:
        routes: dict[str, Any] = stage.get("RouteSettings") or {}
        limited = [(key, key) for key, each in routes.items() if _is_limit(each)]
        default = stage.get("DefaultRouteSettings") or {}
        open_ = [] if _is_limit(default) else _unlimited_routes(stage, dict(limited))
    if open_ and limited:
        yield f"has no rate and burst limit for {', '.join(open_)}"
    elif open_:
        yield "has no rate and burst limit"


def _is_limit(settings: Any) -> bool:
    """Return whether settings have both limits; -1 means none."""
    return isinstance(settings, dict) and all(settings.get(name, -1) != -1 for name in LIMITS)


def _unlimited(stage: Resource, limited: Iterable[tuple[str, str]]) -> list[str]:
    """Return the methods of a REST stage without limits, or ['other methods'] if unknown."""
    api, known = stage.target("RestApiId"), set(limited)
    methods = [m for m in stage.app.resources(METHOD) if m.target("RestApiId") is api and api]
    if not methods:
        return ["other methods"]
    found = []
    for method in methods:
        verb, path = method.text("HttpMethod"), _path(method)
        places = {(v, p) for v in (verb, "*") for p in (f"/{path.replace('/', '~1')}", "/*")}
        if not places & known and verb != "OPTIONS":
            found.append(f"{verb} {path}")
    return found


def _path(method: Resource) -> str:
    """Return the path of a REST method, such as /orders/{id}."""
    parts: list[str] = []
    place = method.target("ResourceId")
    while place is not None and place.type == "AWS::ApiGateway::Resource":
        parts.insert(0, place.text("PathPart"))
        place = place.target("ParentId")
    return "/" + "/".join(parts)


def _unlimited_routes(stage: Resource, limited: dict[str, str]) -> list[str]:
    """Return the routes of an HTTP or WebSocket stage without limits."""
    api = stage.target("ApiId")
    routes = [r.text("RouteKey") for r in stage.app.resources(ROUTE) if r.target("ApiId") is api]
    return [key for key in routes if key not in limited] if api and routes else ["other routes"]


@rule("TAP506", "silent", REST_STAGE, profile="house")
def apis_are_traced(stage: Resource) -> Iterator[str]:
    """REST stages are traced by X-Ray.

    Traces start in the function and do not show the time spent in API Gateway.
    Limits: HTTP APIs, which X-Ray does not support, are not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html

        tracing_enabled=True
    """
    if stage.plain("TracingEnabled") is not True:
        yield "is not traced"


@rule("TAP507", "silent", REST_STAGE, HTTP_STAGE, profile="house")
def requests_are_logged(stage: Resource) -> Iterator[str]:
    """Stages write an access log.

    For an HTTP API, the access log is the only record of a rejected request. In Python it must be
    set on the L1 construct.
    Limits: The format of the log is not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html

        access_log_destination=apigateway.LogGroupLogDestination(access_logs),
        # or, for an HTTP API
        cfn_stage.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_logs.log_group_arn, format="$context.requestId $context.status"
        )
    """
    name = "AccessLogSetting" if stage.type == REST_STAGE else "AccessLogSettings"
    if not stage.get(name) or not stage.get(name, "DestinationArn"):
        yield "writes no access log"
