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
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
