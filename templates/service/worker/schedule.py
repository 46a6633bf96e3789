"""{{ cookiecutter.__worker_title }}: import the objects under {{ cookiecutter.__incoming_prefix }} every few minutes."""

import warnings
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from imports import RESERVE_MILLISECONDS, Importer, Unusable
from names import {{ ['DOCUMENTS', cookiecutter.__failed, cookiecutter.__incoming] | sort | join(', ') }}

# The calls to AWS, by the environment variable of the resource. The function's role and environment
# variables are generated from them; the tests check that each is made.
PERMISSIONS = {
    "TABLE_NAME": {"dynamodb:GetItem", "dynamodb:PutItem"},
    f"BUCKET_NAME/{ {{- cookiecutter.__incoming -}} }*": {"s3:DeleteObject", "s3:GetObject", "s3:ListBucket"},
    f"BUCKET_NAME/{DOCUMENTS}*": {"s3:PutObject"},
    f"BUCKET_NAME/{ {{- cookiecutter.__failed -}} }*": {"s3:PutObject"},
}
# The largest object that S3 copies in one call.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
MAX_COPY_BYTES = 5 * 1024**3

# A failed invocation has no metrics to publish.
warnings.filterwarnings("ignore", message="No application metrics to publish")
logger = Logger()
tracer = Tracer()
metrics = Metrics()
importer = Importer.from_environment({{ cookiecutter.__incoming }})


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Import each object and delete it; move an unusable one to {{ cookiecutter.__failed_prefix }}.

    Raises:
        RuntimeError: AWS calls failed for some objects; the others were imported, or will be in
            the next run.
    """
    new, unusable, failed = 0, 0, []
    paginator = importer.s3.get_paginator("list_objects_v2")
    pages = paginator.paginate(Bucket=importer.bucket, Prefix={{ cookiecutter.__incoming }})
    objects = (found for page in pages for found in page.get("Contents", []))
    for found in objects:
        if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
            logger.info("the next run continues", extra={"from": found["Key"]})
            break
        try:
            new += _import(found, context)
        except Unusable as error:
            logger.error("unusable", extra={"key": found["Key"], "reason": str(error)})
            unusable += 1
        except ClientError as error:
            logger.error("not imported", extra={"key": found["Key"], "reason": str(error)})
            failed.append(found["Key"])
    metrics.add_metric(name="ItemsImported", unit=MetricUnit.Count, value=new)
    if unusable:
        metrics.add_metric(name="ObjectsUnusable", unit=MetricUnit.Count, value=unusable)
    if failed:
        raise RuntimeError(f"{len(failed)} objects can't be imported, such as {failed[0]!r}")
    return {"new_items": new, "unusable_objects": unusable}


def _import(found: dict[str, Any], context: LambdaContext) -> int:
    """Import one object and return the number of new items.

    Raises:
        Unusable: it can't be imported, and was moved to {{ cookiecutter.__failed_prefix }}.
        ClientError: an AWS call failed.
    """
    key, etag = found["Key"], found["ETag"]
    try:
        progress = importer.run(key, context.get_remaining_time_in_millis)
    except Unusable as error:
        if found["Size"] <= MAX_COPY_BYTES and _copy_to_failed(key, etag, str(error)):
            _delete(key, etag)
        raise
    if progress.finished:
        _delete(key, etag)
    return progress.new


def _copy_to_failed(key: str, etag: str, reason: str) -> bool:
    """Copy an object to {{ cookiecutter.__failed_prefix }} with the reason; return False if it was replaced."""
    try:
        importer.s3.copy_object(
            Bucket=importer.bucket,
            Key={{ cookiecutter.__failed }} + key.removeprefix({{ cookiecutter.__incoming }}),
            CopySource={"Bucket": importer.bucket, "Key": key},
            CopySourceIfMatch=etag,
            Metadata={"reason": reason.encode("ascii", "backslashreplace").decode()[:1024]},
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",  # copying tags needs permission to read them
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return False
    return True


def _delete(key: str, etag: str) -> None:
    """Delete an object, unless it was replaced; the next run imports the replacement."""
    try:
        importer.s3.delete_object(Bucket=importer.bucket, Key=key, IfMatch=etag)
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
