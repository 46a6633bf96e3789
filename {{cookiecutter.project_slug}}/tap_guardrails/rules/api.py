"""TAP5xx: APIs are regional, authorize their callers, and are logged and traced."""

from __future__ import annotations

from collections.abc import Iterator

from tap_guardrails.model import Resource
from tap_guardrails.rule import rule

URL = "AWS::Lambda::Url"
REST_STAGE, HTTP_STAGE = "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"


def _logs(stage: Resource) -> bool:
    levels = [s.get("LoggingLevel", "OFF") for s in stage.items("MethodSettings")]
    return bool(stage.get("AccessLogSetting")) or any(level != "OFF" for level in levels)


@rule("TAP501", "deploy", REST_STAGE)
def accounts_let_apis_log(stage: Resource) -> Iterator[str]:
    """REST stages with logs are created after the account's logging role.

    CDK's recommended feature flags no longer create this role, and the deployment fails with
    "CloudWatch Logs role ARN must be set in account settings to enable logging". It succeeds only
    in accounts that already have a role.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
    """
    accounts = [
        a for a in stage.app.resources("AWS::ApiGateway::Account") if a.template is stage.template
    ]
    if _logs(stage) and not accounts:
        yield "writes logs, but the stack sets no CloudWatch role for the account"
    elif _logs(stage) and not stage.depends() & {account.id for account in accounts}:
        yield f"does not depend on {accounts[0].path}"
    for account in accounts:
        role = account.target("CloudWatchRoleArn")
        if _logs(stage) and role and "Retain" not in str(role.body.get("DeletionPolicy")):
            yield f"{role.path} is deleted with the stack: all APIs of the Region lose their logs"


@rule("TAP502", "run", "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Integration")
def functions_answer_in_time(caller: Resource) -> Iterator[tuple[Resource, str]]:
    """Functions behind an API time out before the API does.

    The client receives a 504 after 29 seconds (HTTP: 30) while the function keeps running.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html

        timeout=cdk.Duration.seconds(20),
    """
    limit, path = (
        (29, ("Integration", "Uri"))
        if caller.type.endswith("Method")
        else (30, ("IntegrationUri",))
    )
    function = caller.target(*path)
    if not function or function.type != "AWS::Lambda::Function":
        return
    first = next(c for c in caller.app.resources(caller.type) if c.target(*path) is function)
    if caller is first and function.plain("Timeout", default=3) > limit:
        yield function, f"can run for {function.plain('Timeout')} s, but its API waits {limit} s"


@rule("TAP503", "run", "AWS::ApiGateway::RestApi")
def apis_are_regional(api: Resource) -> Iterator[str]:
    """REST APIs are regional.

    The default, EDGE, is not available in every Region, and adds a CloudFront distribution that you
    can't configure.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html

        endpoint_types=[apigateway.EndpointType.REGIONAL]
    """
    if not {"REGIONAL", "PRIVATE"} & set(api.items("EndpointConfiguration", "Types")):
        yield "is EDGE-optimized"


@rule("TAP504", "security", "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route", URL)
def callers_are_known(method: Resource) -> Iterator[str]:
    """Every API method and function URL authorizes its callers.

    The default is NONE: anyone on the internet can call it.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html

        default_method_options=apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.IAM
        ),
        # or, for an HTTP API
        default_authorizer=authorizers.HttpIamAuthorizer(),
        # or, for the URL of a function
        auth_type=lambda_.FunctionUrlAuthType.AWS_IAM,
    """
    word = method.plain("HttpMethod") or method.plain("RouteKey") or "its URL"
    kind = "AuthType" if method.type == URL else "AuthorizationType"
    if method.plain(kind, default="NONE") == "NONE" and word != "OPTIONS":
        yield f"{word} is open to anyone"


@rule("TAP505", "cost", REST_STAGE, HTTP_STAGE)
def requests_are_throttled(stage: Resource) -> Iterator[str]:
    """Stages throttle requests.

    Without its own limits, a stage can use the account's entire quota of 10,000 requests per
    second, and every other API is throttled.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html

        throttling_rate_limit=50, throttling_burst_limit=100,
    """
    rest = stage.type == REST_STAGE
    settings = stage.items("MethodSettings") if rest else [stage.get("DefaultRouteSettings") or {}]
    if not any({"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= each.keys() for each in settings):
        yield "has no rate and burst limit"


@rule("TAP506", "silent", REST_STAGE)
def apis_are_traced(stage: Resource) -> Iterator[str]:
    """REST stages are traced by X-Ray.

    Traces start in the function and do not show the time spent in API Gateway.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html

        tracing_enabled=True
    """
    if stage.plain("TracingEnabled") is not True:
        yield "is not traced"


@rule("TAP507", "silent", REST_STAGE, HTTP_STAGE)
def requests_are_logged(stage: Resource) -> Iterator[str]:
    """Stages write an access log.

    For an HTTP API, the access log is the only record of a rejected request. In Python it must be
    set on the L1 construct.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html

        access_log_destination=apigateway.LogGroupLogDestination(access_logs),
        # or, for an HTTP API
        cfn_stage.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_logs.log_group_arn, format="$context.requestId"
        )
    """
    name = "AccessLogSetting" if stage.type == REST_STAGE else "AccessLogSettings"
    if not stage.get(name) or not stage.get(name, "DestinationArn"):
        yield "writes no access log"
