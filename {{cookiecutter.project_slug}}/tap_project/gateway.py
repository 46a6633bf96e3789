"""What a REST API validates and answers itself, from openapi.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_cdk import aws_apigateway as apigateway

from tap_project.openapi.document import JSON, Operation

PROBLEM = "application/problem+json"
# The status of each of API Gateway's own responses. The fallbacks set that of the others, such as
# 502 for a function that failed, so that each body names its status.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
RESPONSES = {
    "ACCESS_DENIED": 403,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    # Such as an incomplete signature, or one of an unknown access key.
    "DEFAULT_4XX": 403,
    "DEFAULT_5XX": 500,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}


def answer_with_problems(api: apigateway.RestApi, headers: Mapping[str, str] | None = None) -> None:
    """Give API Gateway's own errors the form of RFC 9457.

    They name no field. The variable that does, `$context.error.validationErrorString`, contains
    quotes, which these templates can't escape.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html

    Args:
        api: the REST API.
        headers: further headers of these responses; a value in single quotes is a constant.
    """
    for name, status in RESPONSES.items():
        api.add_gateway_response(
            "".join(map(str.capitalize, name.split("_"))),
            type=apigateway.ResponseType.of(name),
            status_code=str(status),
            response_headers={"Content-Type": f"'{PROBLEM}'", **(headers or {})},
            templates={JSON: _template(status)},
        )


def _template(status: int) -> str:
    """Return the body; `messageString` is a quoted text."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    text = json.dumps({**body, "detail": "$"})
    return text.replace('"$"', "$context.error.messageString")


def request_models(
    api: apigateway.RestApi, operation: Operation
) -> Mapping[str, apigateway.IModel] | None:
    """Return the model of an operation's bodies, by content type; None if it has no body."""
    body = operation.body()
    if body is None:
        return None
    name, schema = body
    name = re.sub(r"[^A-Za-z0-9]", "", name)
    model = api.node.try_find_child(name)
    if not isinstance(model, apigateway.Model):
        model = api.add_model(name, content_type=JSON, model_name=name, schema=_json_schema(schema))
    return {JSON: model}


def request_parameters(operation: Operation) -> Mapping[str, bool] | None:
    """Return the parameters that API Gateway requires; None if there are none."""
    places = {"query": "querystring", "header": "header"}
    required = operation.required_parameters
    return {f"method.request.{places[place]}.{name}": True for place, name in required} or None


def _json_schema(schema: Mapping[str, Any]) -> apigateway.JsonSchema:
    """Return a schema of draft 4 as the CDK's structure."""
    return apigateway.JsonSchema(**{_snake(key): _value(key, each) for key, each in schema.items()})


def _value(key: str, value: Any) -> Any:
    if key == "type":
        kinds = [apigateway.JsonSchemaType[str(kind).upper()] for kind in _listed(value)]
        return kinds if isinstance(value, list) else kinds[0]
    if key in ("properties", "patternProperties"):
        return {name: _json_schema(each) for name, each in value.items()}
    if key in ("allOf", "anyOf", "oneOf") or (key == "items" and isinstance(value, list)):
        return [_json_schema(each) for each in value]
    if key in ("additionalItems", "additionalProperties", "items", "not") and isinstance(
        value, dict
    ):
        return _json_schema(value)
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _snake(key: str) -> str:
    """Return the CDK's name of a keyword, such as `min_length`."""
    return "not_" if key == "not" else re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", key)
