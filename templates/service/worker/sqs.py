"""The worker: imports the object that each message names."""

import json
import os
import warnings
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from imports import Importer, Unusable
from items import Items

# What this module calls, by the variable that names the resource: the guardrails compare it with
# what the function's role may do, and the tests with what is really called.
CALLS = {
    "TABLE_NAME": {"dynamodb:PutItem"},
    "BUCKET_NAME/incoming/*": {"s3:GetObject"},
    "BUCKET_NAME/documents/*": {"s3:PutObject"},
}

# An invocation that fails has nothing to count.
warnings.filterwarnings("ignore", message="No application metrics to publish")
logger = Logger()
tracer = Tracer()
metrics = Metrics()
s3 = boto3.client("s3")
items = Items(boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"]))
importer = Importer(items, s3, os.environ["BUCKET_NAME"])
# A batch that fails as a whole is an error of the function, which its alarm counts.
processor = BatchProcessor(event_type=EventType.SQS)


@tracer.capture_method(capture_response=False)
def work_on(record: SQSRecord) -> None:
    """Import the object that one message names.

    Raises:
        Unusable: the message names no object; after five tries it is a dead letter.
    """
    try:
        message = json.loads(record.body)
    except json.JSONDecodeError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("key"), str):
        raise Unusable('a message is a JSON object such as {"key": "incoming/items.json"}')
    new = importer.run(message["key"])
    metrics.add_metric(name="ItemsImported", unit=MetricUnit.Count, value=new)
    logger.info("imported", extra={"key": message["key"], "new_items": new})


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Work on a batch; only the messages that failed are delivered again.

    Raises:
        BatchProcessingError: all of them failed.
    """
    return process_partial_response(
        event=event,
        record_handler=work_on,
        processor=processor,
        context=context,
    )
