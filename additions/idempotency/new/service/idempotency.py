{% set caller = {
    'rest-iam': ['identity', 'user'],
    'rest-cognito': ['authorizer', 'claims', 'sub'],
    'http-iam': ['authorizer', 'iam', 'userId'],
    'http-cognito': ['authorizer', 'jwt', 'claims', 'sub'],
}[cookiecutter.api ~ '-' ~ cookiecutter.api_auth] %}
"""Repeated requests: each request with an `Idempotency-Key` is answered once."""

import json
import os
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.params import Header
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)
from botocore.config import Config
from botocore.exceptions import ClientError

from names import EXPIRES, MAX_KEY, PARTITION_KEY, REPEAT_HOURS, SORT_KEY
from problems import Problem, problem

HEADER = "Idempotency-Key"
# The kind of a row, its sort key.
KIND = "request"
# Seconds for a connection, and for an answer. Two calls are made besides those of the request, and
# none is repeated, because the caller can repeat the request.
CONNECT_SECONDS, READ_SECONDS = 1, 4
logger = Logger()

Key = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=MAX_KEY,
        description=f"Unique, such as a UUID; a repeat within {REPEAT_HOURS} hours gets the first answer",
    ),
]
PROBLEM: Any = {"application/problem+json": {"model": Problem}}
# What an operation that uses `once` answers besides its own responses.
RESPONSES: Any = {
    HTTPStatus.CONFLICT: {"description": "The first request is not answered yet", "content": PROBLEM},
    HTTPStatus.UNPROCESSABLE_ENTITY: {
        "description": "The first request with this key had another body",
        "content": PROBLEM,
    },
}


class Records(DynamoDBPersistenceLayer):
    """The records in a table with a sort key; each has its own partition."""

    def _get_key(self, idempotency_key: str) -> dict[str, Any]:
        return {**super()._get_key(idempotency_key), SORT_KEY: {"S": KIND}}


records = Records(
    os.environ["IDEMPOTENCY_NAME"],
    key_attr=PARTITION_KEY,
    expiry_attr=EXPIRES,
    boto3_client=boto3.client(
        "dynamodb",
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 1},
        ),
    ),
)
settings = IdempotencyConfig(
    event_key_jmespath="key",
    payload_validation_jmespath="body",
    expires_after_seconds=REPEAT_HOURS * 3600,
    hash_function="sha256",
    raise_on_no_idempotency_key=True,
)


class Failed(Exception):
    """A response that is no success: a repeat runs the request again."""


def once(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Answer each request with an `Idempotency-Key` once; a middleware of an operation.

    A repeat with the same body gets the first answer, one with another body 422, and one while the
    first is not answered yet 409. Only successes are recorded. Callers don't share their keys.
    """
    event = app.current_event
    key = event.headers.get(HEADER)
    if key is None:
        return next_middleware(app)
    settings.register_lambda_context(app.lambda_context)
    request = {
        "key": [caller(event.raw_event), event.http_method, event.path, key],
        "body": event.json_body if event.body else None,
    }
    made: list[Response[Any]] = []

    def answer() -> Response[Any]:
        made.append(next_middleware(app))
        return made[0]

    try:
        first = recorded(answer, request=request)
    except IdempotencyValidationError:
        detail = f"the first request with this {HEADER} had another body"
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    except IdempotencyAlreadyInProgressError:
        detail = f"the first request with this {HEADER} is not answered yet; try again"
        return problem(HTTPStatus.CONFLICT, detail)
    except Failed:
        return made[0]
    except IdempotencyPersistenceLayerError as error:
        if made:  # the request is done, and its answer is all that the caller needs
            logger.exception("the answer was not recorded")
            return made[0]
        if isinstance(error.__cause__, ClientError):
            raise error.__cause__ from None
        raise
    return made[0] if made else Response(**first)


@idempotent_function(data_keyword_argument="request", persistence_store=records, config=settings)
def recorded(answer: Callable[[], Response[Any]], *, request: dict[str, Any]) -> dict[str, Any]:
    """Return a response as the record contains it.

    Raises:
        Failed: it is no success.
    """
    response = answer()
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise Failed
    if not isinstance(response.body, str):  # as text, the record keeps the order of the fields
        response.body = json.dumps(response.body, separators=(",", ":"))
    return {
        "status_code": response.status_code,
        "headers": dict(response.headers),
        "body": response.body,
    }


def caller(event: dict[str, Any]) -> str:
{% if cookiecutter.api_auth == 'iam' %}
    """Return the id of the IAM role or user that signed a request; a role's sessions share it."""
    user: str = event["requestContext"]{% for part in caller %}["{{ part }}"]{% endfor %}

    return user.partition(":")[0]
{% else %}
    """Return the id of the user who sent a request."""
    user: str = event["requestContext"]{% for part in caller %}["{{ part }}"]{% endfor %}

    return user
{% endif %}
