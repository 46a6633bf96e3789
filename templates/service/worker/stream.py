"""The worker: imports the object that each new item names."""

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
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
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
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


@tracer.capture_method(capture_response=False)
def work_on(record: DynamoDBRecord) -> None:
    """Import the object that one new item names.

    Raises:
        Unusable: the record has no source; the event source's filter admits none such.
    """
    image = record.dynamodb.new_image if record.dynamodb is not None else None
    source = image.get("source") if image else None
    if not isinstance(source, str):
        raise Unusable("the record is not of an item with a source")
    new = importer.run(source)
    metrics.add_metric(name="ItemsImported", unit=MetricUnit.Count, value=new)
    logger.info("imported", extra={"key": source, "new_items": new})


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Work on a batch; Lambda starts again at the first record that failed.

    Raises:
        BatchProcessingError: all of them failed.
    """
    return process_partial_response(
        event=event,
        record_handler=work_on,
        processor=processor,
        context=context,
    )
