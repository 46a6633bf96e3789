"""{{ cookiecutter.__title }}: check that an item is available, as a step of a state machine."""

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

# Some executions publish no metrics.
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
    """Return whether the item with the id in `item_id` has at least `quantity` pieces.

    Raises:
        LookupError: there is no such item, which ends the execution.
        ValueError: `quantity` is not a whole number above 0.
    """
    quantity = event.get("quantity")
    if type(quantity) is not int or quantity < 1:
        raise ValueError(f"quantity {quantity!r} is not a whole number above 0")
    item = items.get(str(event.get("item_id")))
    if item is None:
        raise LookupError(f"there is no item {event.get('item_id')!r}")
    return {"item_id": item.item_id, "available": item.quantity >= quantity}
