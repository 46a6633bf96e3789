"""TAP33x: no environment variable switches logs, traces or the way to AWS."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tap_guardrails.code import Files, files, is_python, parsed
from tap_guardrails.model import OWN_FUNCTION, App, Resource
from tap_guardrails.regions import offers
from tap_guardrails.rule import rule
from tap_guardrails.values import Intrinsic

TRUE, FALSE = r"1|true|yes|on|y|t", r"0|false|no|off|n|f"
QUIET = "ERROR|CRITICAL|FATAL|OFF|NONE"
# Variables that switch off what the alarms and the operators rely on, and the values that do.
# https://docs.aws.amazon.com/powertools/python/latest/core/logger/
SILENCING = {
    "AWS_LAMBDA_LOG_LEVEL": QUIET,
    "AWS_XRAY_SDK_ENABLED": FALSE,
    "LOG_LEVEL": QUIET,
    "POWERTOOLS_LOG_LEVEL": QUIET,
    "POWERTOOLS_METRICS_DISABLED": TRUE,
    "POWERTOOLS_TRACE_DISABLED": TRUE,
}
TRACING = {"AWS_XRAY_SDK_ENABLED", "POWERTOOLS_TRACE_DISABLED"}
# Variables with which the contents of requests and responses are recorded.
REVEALING = {
    "POWERTOOLS_DEBUG": TRUE,
    "POWERTOOLS_DEV": TRUE,
    "POWERTOOLS_LOGGER_LOG_EVENT": TRUE,
    "POWERTOOLS_LOGGER_SAMPLE_RATE": r"1(?:\.0*)?|0?\.[1-9]\d*",
    "POWERTOOLS_TRACER_CAPTURE_RESPONSE": TRUE,
}
# Variables with which the SDK calls another address, or does not check whose it is.
DIVERTING = {
    r"AWS_CA_BUNDLE|REQUESTS_CA_BUNDLE|SSL_CERT_FILE": r".+",
    r"AWS_ENDPOINT_URL(?:_\w+)?": r".+",
    r"AWS_LAMBDA_RUNTIME_API|LD_PRELOAD": r".+",
    r"HTTPS?_PROXY|ALL_PROXY": r".+",
    r"NODE_TLS_REJECT_UNAUTHORIZED|PYTHONHTTPSVERIFY": r"0",
}


def _switched(function: Resource, table: dict[str, str]) -> Iterator[tuple[str, str]]:
    variables = function.get("Environment", "Variables")
    for name, value in (variables if isinstance(variables, dict) else {}).items():
        if isinstance(value, Intrinsic):
            continue
        for known, values in table.items():
            same = re.fullmatch(known, name, re.IGNORECASE)
            if same and re.fullmatch(values, str(value).strip(), re.IGNORECASE):
                yield name, str(value)


@rule("TAP332", "silent", OWN_FUNCTION)
def functions_are_observed(function: Resource) -> Iterator[str]:
    """Variables and settings of functions leave logs, metrics and traces on.

    The function works, and nothing is recorded when it does not.
    Limits: Only variables of Lambda, X-Ray and Powertools and LOG_LEVEL are known.
    https://docs.aws.amazon.com/powertools/python/latest/core/logger/

        - "POWERTOOLS_LOG_LEVEL": "CRITICAL",  # INFO is the default; WARNING keeps warnings
        # or, for Lambda's own filter
        - application_log_level_v2=lambda_.ApplicationLogLevel.FATAL,
    """
    region = function.template.pseudo.get("AWS::Region")
    traced = region is None or offers(region, "function_tracing")
    for name, value in _switched(function, SILENCING):
        if traced or name not in TRACING:
            yield f"its variable {name} is {value}"
    level = str(function.plain("LoggingConfig", "ApplicationLogLevel", default=""))
    if re.fullmatch(QUIET, level):
        yield f"Lambda drops its log entries below {level}"


@rule("TAP333", "security", OWN_FUNCTION)
def requests_are_not_recorded(function: Resource) -> Iterator[str]:
    """Variables of functions do not record the contents of requests and responses.

    Bodies and tokens are in the logs and traces, for everyone who may read these.
    Limits: Only variables of Powertools are known.
    https://docs.aws.amazon.com/powertools/python/latest/core/logger/

        - "POWERTOOLS_LOGGER_LOG_EVENT": "true",
    """
    for name, value in _switched(function, REVEALING):
        yield f"its variable {name} is {value}"


@rule("TAP334", "security", OWN_FUNCTION)
def calls_reach_aws(function: Resource) -> Iterator[str]:
    """Variables of functions do not divert calls to AWS.

    The SDK sends the data, signed, to the address in the variable, or trusts the certificate of
    anyone.
    Limits: Only literal values of known variables of the SDK, Python, Node.js and the loader are
    judged.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html

        - "AWS_ENDPOINT_URL": "https://...",
    """
    for name, value in _switched(function, DIVERTING):
        yield f"its variable {name} is {value}"


TRACED = {"capture_lambda_handler", "capture_method"}


@rule("TAP335", "security", OWN_FUNCTION, profile="house")
def handlers_record_no_contents(function: Resource) -> Iterator[str]:
    """Decorators of Powertools record neither the event nor the response.

    Bodies and tokens are in the logs, and items in the traces, for everyone who may read these. The
    response is recorded by default.
    Limits: Decorators that are called as functions are not seen.
    https://docs.aws.amazon.com/powertools/python/latest/core/tracer/

        - @logger.inject_lambda_context(log_event=True)
        # or
        - @tracer.capture_lambda_handler  # (capture_response=False)
    """
    content = files(function, "Code") if is_python(function) else None
    if content is None:
        return
    known = function.app.remembered(_recording)
    if content.place not in known:
        known[content.place] = list(_recordings(function.app, content))
    yield from known[content.place]


def _recording(_: App) -> dict[Path, list[str]]:
    """Return the findings by asset, which several functions may share."""
    return {}


def _recordings(app: App, content: Files) -> Iterator[str]:
    """Yield the functions of an asset that record their event or response."""
    for name in sorted(content.names):
        source = content.read(name) if name.endswith(".py") else ""
        for node in app.nodes(source) if parsed(source) else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for problem in map(_recorded, node.decorator_list):
                    if problem:
                        yield f"{name}: {node.name} records its {problem}"


def _recorded(decorator: ast.expr) -> str:
    """Return what a decorator of Powertools records: event, response, or nothing."""
    call = decorator if isinstance(decorator, ast.Call) else None
    function = call.func if call else decorator
    attribute = function.attr if isinstance(function, ast.Attribute) else ""
    given = {k.arg: k.value for k in call.keywords} if call else {}
    value = given.get("log_event")
    if attribute == "inject_lambda_context" and value is not None:
        return "" if isinstance(value, ast.Constant) and value.value is False else "event"
    if attribute in TRACED:
        value = given.get("capture_response")
        return "" if isinstance(value, ast.Constant) and value.value is False else "response"
    return ""
