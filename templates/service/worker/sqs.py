"""{{ cookiecutter.__worker_title }}: import the object that each message names."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
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
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
importer = Importer.from_environment({{ cookiecutter.__incoming }})


def key_of(record: SQSRecord) -> str:
    """Return the key of the object that a message names.

    Raises:
        Unusable: the message names no object; after five tries it is a dead letter.
    """
    try:
        message = record.json_body
    except ValueError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("key"), str):
        raise Unusable('a message is a JSON object such as {"key": "{{ cookiecutter.__incoming_prefix }}items.json"}')
    return str(message["key"])


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Import the objects of a batch of messages; only failed messages are delivered again."""
    return import_batch(event, context, processor=processor, importer=importer, key_of=key_of)
