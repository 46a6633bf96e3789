{% if cookiecutter.__path %}
{% set correlation = {'rest': 'API_GATEWAY_REST', 'http': 'API_GATEWAY_HTTP', 'none': ''}[cookiecutter.api] %}
"""{{ cookiecutter.__title }}: the number and the sum of the newest items."""

import os
import warnings
from typing import {{ 'Annotated, Any' if cookiecutter.__variables else 'Any' }}

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
{% if cookiecutter.__variables %}
from aws_lambda_powertools.event_handler.openapi.params import Path
{% endif %}
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from clients import config
from listing import ListedItems
from names import INDEX, MAX_PAGE
from problems import resolver

# The calls to AWS, by the environment variable of the resource. The function's role and environment
# variables are generated from them; the tests check that each is made.
PERMISSIONS = {f"TABLE_NAME/index/{INDEX}": {"dynamodb:Query"}}
# Seconds that one call to AWS may take.
CALL_SECONDS = 9

# Some requests publish no metrics.
warnings.filterwarnings("ignore", message="No application metrics to publish")
logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = resolver()
dynamodb = boto3.resource("dynamodb", config=config(CALL_SECONDS))
items = ListedItems(dynamodb.Table(os.environ["TABLE_NAME"]))


class Totals(BaseModel):
    """The number of items, and the sum of their quantities."""

    items: int
    quantity: int


@app.{{ cookiecutter.__method.lower() }}("{{ cookiecutter.__path.replace('{', '<').replace('}', '>') }}")
@tracer.capture_method(capture_response=False)
def {{ cookiecutter.__operation }}(
{%- for name in cookiecutter.__variables.split() %}{{ name }}_: Annotated[str, Path(alias="{{ name }}")]{{ '' if loop.last else ', ' }}{% endfor -%}
) -> Totals:
    """Count the newest items, 100 at most."""
    page, _ = items.newest(MAX_PAGE)
    return Totals(items=len(page), quantity=sum(item.quantity for item in page))


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
