"""The worker: imports each object that is put under incoming/."""

import os
import warnings
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import (
    S3EventBridgeNotificationEvent,
    event_source,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from imports import Importer
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


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@event_source(data_class=S3EventBridgeNotificationEvent)
def handler(event: S3EventBridgeNotificationEvent, context: LambdaContext) -> dict[str, Any]:
    """Import the object that the event names; an error makes Lambda try again, twice."""
    # EventBridge sends the key as it is, but `.key` would decode it as S3's own notifications need.
    key = event.detail.object["key"]
    new = importer.run(key)
    metrics.add_metric(name="ItemsImported", unit=MetricUnit.Count, value=new)
    logger.info("imported", extra={"key": key, "new_items": new})
    return {"key": key, "new_items": new}
