"""{{ cookiecutter.__worker_title }}: import the object that each new item names."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from batches import import_batch, logger, metrics, tracer
from imports import Importer, Unusable
from names import {{ ['DOCUMENTS', cookiecutter.__incoming] | sort | join(', ') }}

# The calls to AWS, by the environment variable of the resource. The function's role and environment
# variables are generated from them; the tests check that each is made.
PERMISSIONS = {
    "TABLE_NAME": {"dynamodb:GetItem", "dynamodb:PutItem"},
    f"BUCKET_NAME/{ {{- cookiecutter.__incoming -}} }*": {"s3:GetObject"},
    f"BUCKET_NAME/{DOCUMENTS}*": {"s3:PutObject"},
}
processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)
importer = Importer.from_environment({{ cookiecutter.__incoming }})


def key_of(record: DynamoDBRecord) -> str:
    """Return the key of the object that a new item names.

    Raises:
        Unusable: the item has no source; the event source's filter excludes such items.
    """
    image = record.dynamodb.new_image if record.dynamodb is not None else None
    key = image.get("{{ cookiecutter.__link }}") if image else None
    if not isinstance(key, str):
        raise Unusable("the record is not of an item with a source")
    return key


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Import the objects of a batch of changes; Lambda continues at the first failed one."""
    return import_batch(event, context, processor=processor, importer=importer, key_of=key_of)
