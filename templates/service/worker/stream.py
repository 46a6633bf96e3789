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

from clients import config
from imports import CALL_SECONDS, Importer, Unfinished, Unusable
from items import Items

# What this module calls, by the variable that names the resource: the guardrails compare it with
# what the function's role may do, and the tests with what is really called.
CALLS = {
    "TABLE_NAME": {"dynamodb:GetItem", "dynamodb:PutItem"},
    "BUCKET_NAME/incoming/*": {"s3:GetObject"},
    "BUCKET_NAME/documents/*": {"s3:PutObject"},
}

# An invocation that fails has nothing to count.
warnings.filterwarnings("ignore", message="No application metrics to publish")
logger = Logger()
tracer = Tracer()
metrics = Metrics()
client_config = config(CALL_SECONDS)
s3 = boto3.client("s3", config=client_config)
dynamodb = boto3.resource("dynamodb", config=client_config)
items = Items(dynamodb.Table(os.environ["TABLE_NAME"]))
importer = Importer(items, s3, os.environ["BUCKET_NAME"])
processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)


def key_of(record: DynamoDBRecord) -> str:
    """Return the key of the object that a new item names.

    Raises:
        Unusable: the item has no source; the event source's filter admits none such.
    """
    image = record.dynamodb.new_image if record.dynamodb is not None else None
    key = image.get("source") if image else None
    if not isinstance(key, str):
        raise Unusable("the record is not of an item with a source")
    return key


@tracer.capture_method(capture_response=False)
def work_on(record: DynamoDBRecord, lambda_context: LambdaContext) -> None:
    """Import the object that one new item names.

    Raises:
        Unfinished: time is up; Lambda tries the record again.
        Unusable: the record or its object can't be imported.
    """
    key = None
    try:
        key = key_of(record)
{% set summary = 'Lambda starts again at the first record that failed.' %}
{% include 'service/worker/_import.py' %}
