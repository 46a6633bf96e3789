"""Breakages through which infrastructure and handlers disagree, and switches in variables."""

from __future__ import annotations

from typing import Any

from proof.judges.breakage import (
    REMOVED,
    Breakage,
    Draft,
    Test,
    has,
    mentions,
    removal,
    setting,
)
from proof.judges.breakages.types import (
    API_FUNCTION,
    BUCKET,
    DEPLOYMENT,
    FUNCTION,
    HTTP_ROUTE,
    INTEGRATION,
    LOG_BUCKET,
    METHOD,
    PERMISSION,
    RULE,
    TABLE,
    WORKER_FUNCTION,
)

INDEX = "GlobalSecondaryIndexes.0"


def _renamed(name: str, text: str, schema: str, position: int, other: str) -> Breakage:
    """Return a breakage that renames an attribute of a key."""

    def change(draft: Draft) -> None:
        _, table = draft.first(TABLE)
        place: Any = table["Properties"]
        for step in schema.split("."):
            place = place[int(step)] if step.isdecimal() else place[step]
        old = place[position]["AttributeName"]
        place[position]["AttributeName"] = other
        for each in table["Properties"]["AttributeDefinitions"]:
            if each["AttributeName"] == old:
                each["AttributeName"] = other

    return Breakage(f"disagree-{name}", text, change)


def _number(name: str, position: int) -> Breakage:
    return setting(
        f"disagree-{name}-number",
        f"The {name.replace('-', ' ')} is a number",
        TABLE,
        f"AttributeDefinitions.{position}.AttributeType",
        "N",
    )


def _drop_index(draft: Draft) -> None:
    _, table = draft.first(TABLE)
    properties = table["Properties"]
    del properties["GlobalSecondaryIndexes"]
    keys = {each["AttributeName"] for each in properties["KeySchema"]}
    properties["AttributeDefinitions"] = [
        each for each in properties["AttributeDefinitions"] if each["AttributeName"] in keys
    ]
    for name, alarm in list(draft.find("AWS::CloudWatch::Alarm")):
        if "GlobalSecondaryIndexName" in str(alarm):
            draft.remove(name)


def _drop_method(draft: Draft) -> None:
    name, method = draft.first(METHOD, has("HttpMethod", "DELETE"))
    draft.remove(name)
    permission, _ = draft.first(PERMISSION, has("SourceArn", "DELETE"))
    draft.remove(permission)
    assert method


def _drop_route(draft: Draft) -> None:
    draft.remove(draft.first(HTTP_ROUTE, has("RouteKey", "DELETE"))[0])


def _undeployed(count: int | None) -> Any:
    def change(draft: Draft) -> None:
        _, deployment = draft.first(DEPLOYMENT)
        methods = [name for name, _ in draft.find(METHOD)][:count]
        kept = [each for each in deployment["DependsOn"] if each not in methods]
        deployment["DependsOn"] = kept
        if count is None:
            del deployment["DependsOn"]

    return change


def _variable(name: str, path: str, kind: str, where: Test, text: str) -> Breakage:
    """Return a breakage in which a variable names another resource."""

    def change(draft: Draft) -> None:
        other, _ = draft.first(kind, where)
        _, function = draft.first(FUNCTION, API_FUNCTION)
        function["Properties"]["Environment"]["Variables"][path] = {"Ref": other}

    return Breakage(f"disagree-{name}", text, change)


def _other_function(draft: Draft) -> None:
    mine, _ = draft.first(FUNCTION, API_FUNCTION)
    other, _ = draft.first(FUNCTION, WORKER_FUNCTION)
    _, method = draft.first(METHOD, has("HttpMethod", "GET"))
    uri = method["Properties"]["Integration"]["Uri"]["Fn::Join"][1]
    assert mentions(uri, mine)
    method["Properties"]["Integration"]["Uri"]["Fn::Join"][1] = [
        {"Fn::GetAtt": [other, "Arn"]} if mentions(each, mine) else each for each in uri
    ]


DISAGREEMENTS = (
    _renamed("partition-key", "The partition key has another name", "KeySchema", 0, "id"),
    _renamed("sort-key", "The sort key has another name", "KeySchema", 1, "range"),
    _number("partition-key", 0),
    _number("index-sort-key", 3),
    _renamed(
        "index-sort-key",
        "The index is sorted by another attribute",
        f"{INDEX}.KeySchema",
        1,
        "updated_at",
    ),
    _renamed(
        "index-partition-key",
        "The index has another partition key",
        f"{INDEX}.KeySchema",
        0,
        "type",
    ),
    setting(
        "disagree-index-keys-only",
        "The index contains the keys only",
        TABLE,
        f"{INDEX}.Projection",
        {"ProjectionType": "KEYS_ONLY"},
    ),
    setting(
        "disagree-index-include",
        "The index contains some attributes only",
        TABLE,
        f"{INDEX}.Projection",
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]},
        variant="http",
    ),
    setting(
        "disagree-index-name", "The index has another name", TABLE, f"{INDEX}.IndexName", "by_date"
    ),
    Breakage("disagree-index-removed", "The index is removed", _drop_index),
    removal(
        "disagree-permission-rest",
        "A method may not invoke the function",
        PERMISSION,
        has("SourceArn", "POST"),
    ),
    removal(
        "disagree-permission-http",
        "A route may not invoke the function",
        PERMISSION,
        has("SourceArn", "document"),
        "http",
    ),
    setting(
        "disagree-permission-path",
        "The permission is for another path",
        PERMISSION,
        "SourceArn",
        {"Fn::Sub": "arn:aws:execute-api:us-east-1:${AWS::AccountId}:abcdef/*/GET/things"},
        where=has("SourceArn", "DELETE"),
    ),
    Breakage("disagree-method-removed", "A method of the service is removed", _drop_method),
    Breakage("disagree-route-removed", "A route of the service is removed", _drop_route, "http"),
    setting(
        "disagree-path",
        "The path has another name",
        "AWS::ApiGateway::Resource",
        "PathPart",
        "things",
        where=has("PathPart", "items"),
    ),
    setting(
        "disagree-route-path",
        "A route has another path",
        HTTP_ROUTE,
        "RouteKey",
        "GET /things",
        where=has("RouteKey", "GET /items"),
        variant="http",
    ),
    Breakage(
        "disagree-deployment", "The deployment does not wait for its methods", _undeployed(None)
    ),
    Breakage(
        "disagree-deployment-one", "The deployment does not wait for one method", _undeployed(1)
    ),
    Breakage("disagree-function", "A method invokes the other function", _other_function),
    setting(
        "disagree-integration-method",
        "The function is invoked with GET",
        METHOD,
        "Integration.IntegrationHttpMethod",
        "GET",
    ),
    setting(
        "disagree-integration-mock",
        "A method returns a mock response",
        METHOD,
        "Integration",
        {"Type": "MOCK"},
    ),
    setting(
        "disagree-payload",
        "The API sends the other payload format",
        INTEGRATION,
        "PayloadFormatVersion",
        "1.0",
        variant="http",
    ),
    _variable(
        "table-variable", "TABLE_NAME", BUCKET, LOG_BUCKET, "The table's variable names a bucket"
    ),
    _variable(
        "bucket-variable", "BUCKET_NAME", BUCKET, LOG_BUCKET, "The bucket's variable names another"
    ),
    setting(
        "disagree-no-variable",
        "The table's variable is missing",
        FUNCTION,
        "Environment.Variables.TABLE_NAME",
        REMOVED,
    ),
    setting(
        "disagree-handler-module",
        "The handler's module is missing",
        FUNCTION,
        "Handler",
        "main.handler",
    ),
    setting(
        "disagree-handler-name",
        "The handler's function is missing",
        FUNCTION,
        "Handler",
        "api.main",
        where=API_FUNCTION,
    ),
    setting(
        "disagree-runtime", "The runtime is of another language", FUNCTION, "Runtime", "nodejs24.x"
    ),
    setting(
        "disagree-prefix",
        "The rule matches another prefix",
        RULE,
        "EventPattern.detail.object.key",
        [{"prefix": "uploads/"}],
    ),
)


def _switch(name: str, variable: str, value: str, text: str, where: Test | None = None) -> Breakage:
    path = f"Environment.Variables.{variable}"
    return setting(f"variable-{name}", text, FUNCTION, path, value, where=where)


def _format(draft: Draft) -> None:
    for _, function in draft.find(FUNCTION):
        function["Properties"]["LoggingConfig"] |= {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "FATAL",
        }


VARIABLES = (
    _switch("log-level", "POWERTOOLS_LOG_LEVEL", "CRITICAL", "Errors are not logged"),
    _switch("old-log-level", "LOG_LEVEL", "CRITICAL", "Errors are not logged, by the old variable"),
    _switch("error-level", "POWERTOOLS_LOG_LEVEL", "ERROR", "Warnings and requests are not logged"),
    _switch("no-traces", "POWERTOOLS_TRACE_DISABLED", "true", "Nothing is traced"),
    _switch("no-sdk", "AWS_XRAY_SDK_ENABLED", "false", "The X-Ray SDK is disabled"),
    _switch("no-metrics", "POWERTOOLS_METRICS_DISABLED", "true", "Metrics are not published"),
    _switch("log-event", "POWERTOOLS_LOGGER_LOG_EVENT", "true", "Bodies and tokens are logged"),
    _switch(
        "responses", "POWERTOOLS_TRACER_CAPTURE_RESPONSE", "true", "Responses are in the traces"
    ),
    _switch("developer", "POWERTOOLS_DEV", "true", "The functions run in developer mode"),
    _switch("debug", "POWERTOOLS_DEBUG", "true", "Powertools prints its own debug messages"),
    _switch("endpoint", "AWS_ENDPOINT_URL", "https://aws.example.com", "Calls to AWS go elsewhere"),
    _switch(
        "table-endpoint",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "http://localhost:8000",
        "Calls to DynamoDB go elsewhere",
        WORKER_FUNCTION,
    ),
    _switch("proxy", "HTTPS_PROXY", "http://proxy.example.com:8080", "Calls to AWS pass a proxy"),
    _switch("sample", "POWERTOOLS_LOGGER_SAMPLE_RATE", "1", "Every request is logged in detail"),
    Breakage("variable-level-of-lambda", "Lambda drops logs below the level FATAL", _format),
)

ALL = (*DISAGREEMENTS, *VARIABLES)
