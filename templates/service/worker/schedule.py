"""The worker: imports what lies under incoming/, every few minutes."""

import os
import warnings
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from imports import INCOMING, Importer, Unusable
from items import Items

# What this module calls, by the variable that names the resource: the guardrails compare it with
# what the function's role may do, and the tests with what is really called.
CALLS = {
    "TABLE_NAME": {"dynamodb:PutItem"},
    "BUCKET_NAME": {"s3:ListBucket"},
    "BUCKET_NAME/incoming/*": {"s3:DeleteObject", "s3:GetObject"},
    "BUCKET_NAME/documents/*": {"s3:PutObject"},
}

# What a document of 1000 items may take; none is begun with less time left.
MILLISECONDS_OF_AN_IMPORT = 90_000

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
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Import each object and delete it; one that can't be imported stays, and is reported.

    Raises:
        Unusable: some objects could not be imported; the others were, or are by the next run.
    """
    new, failed = 0, []
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=importer.bucket, Prefix=INCOMING)
    objects = (found for page in pages for found in page.get("Contents", []))
    for position, found in enumerate(objects):
        key = found["Key"]
        if position and context.get_remaining_time_in_millis() < MILLISECONDS_OF_AN_IMPORT:
            logger.info("the next run takes the rest", extra={"from": key})
            break
        try:
            new += importer.run(key)
            _delete(key, found["ETag"])
        except (ClientError, Unusable) as error:
            logger.error("not imported", extra={"key": key, "reason": str(error)})
            failed.append(key)
    metrics.add_metric(name="ItemsImported", unit=MetricUnit.Count, value=new)
    if failed:
        raise Unusable(f"{len(failed)} objects can't be imported, such as {failed[0]!r}")
    return {"new_items": new}


def _delete(key: str, etag: str) -> None:
    """Delete an object, unless another was put in its place: the next run imports that one."""
    try:
        s3.delete_object(Bucket=importer.bucket, Key=key, IfMatch=etag)
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
