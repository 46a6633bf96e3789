{% set resolver, correlation = {'rest': ('APIGatewayRestResolver', 'API_GATEWAY_REST'), 'http': ('APIGatewayHttpResolver', 'API_GATEWAY_HTTP'), 'none': ('', '')}[cookiecutter.api] %}
{% if cookiecutter.__path %}
"""{{ cookiecutter.__title }}: the number and the sum of the newest items."""

import json
import os
import warnings
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import {{ resolver }}, Response, content_types
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from clients import config, is_throttled
from listing import ListedItems
from names import INDEX, MAX_PAGE

# The calls to AWS, by the environment variable of the resource. The function's role and environment
# variables are generated from them; the tests check that each is made.
PERMISSIONS = {f"TABLE_NAME/index/{INDEX}": {"dynamodb:Query"}}
# Seconds that one call to AWS may take.
CALL_SECONDS = 9
RETRY_AFTER_SECONDS = 1

# Some requests publish no metrics.
warnings.filterwarnings("ignore", message="No application metrics to publish")
logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = {{ resolver }}()
dynamodb = boto3.resource("dynamodb", config=config(CALL_SECONDS))
items = ListedItems(dynamodb.Table(os.environ["TABLE_NAME"]))


@app.exception_handler(ClientError)
def report_throttling(error: ClientError) -> Response[str]:
    """503 with `Retry-After` in seconds while AWS throttles the service.

    Raises:
        ClientError: any other error of AWS.
    """
    if not is_throttled(error):
        raise error
    logger.warning("throttled", extra={"reason": str(error)})
    response = _json(HTTPStatus.SERVICE_UNAVAILABLE, {"message": "too many requests; try again"})
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


@app.{{ cookiecutter.__method.lower() }}("{{ cookiecutter.__path.replace('{', '<').replace('}', '>') }}")

@tracer.capture_method(capture_response=False)
def answer({{ '**parameters: str' * ('{' in cookiecutter.__path) }}) -> Response[str]:
    """200 with the number of the newest items, at most {{ '100' }}, and the sum of their quantities."""
    page, _ = items.newest(MAX_PAGE)
    total = sum(item.quantity for item in page)
    return _json(HTTPStatus.OK, {"items": len(page), "quantity": total})


def _json(status: HTTPStatus, body: dict[str, Any]) -> Response[str]:
    return Response(
        status_code=status, content_type=content_types.APPLICATION_JSON, body=json.dumps(body)
    )


@logger.inject_lambda_context(correlation_id_path=correlation_paths.{{ correlation }})
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)
{% else %}
"""{{ cookiecutter.__title }}: read one item."""

import os
import warnings
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from clients import config
from items import Items

# The calls to AWS, by the environment variable of the resource. The function's role and environment
# variables are generated from them; the tests check that each is made.
PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}
# Seconds that one call to AWS may take.
CALL_SECONDS = 9

# Some invocations publish no metrics.
warnings.filterwarnings("ignore", message="No application metrics to publish")
logger = Logger()
tracer = Tracer()
metrics = Metrics()
dynamodb = boto3.resource("dynamodb", config=config(CALL_SECONDS))
items = Items(dynamodb.Table(os.environ["TABLE_NAME"]))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the item with the id in `item_id`.

    Raises:
        LookupError: there is no such item.
    """
    item = items.get(str(event.get("item_id")))
    if item is None:
        raise LookupError(f"there is no item {event.get('item_id')!r}")
    return item.public()
{% endif %}
