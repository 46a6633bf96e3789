"""Imports are started by new items in the table."""

import json
import uuid

from tap_emulator.target import Target


def start_import(target: Target, key: str) -> None:
    """Add an item that names the object, and delete it; the stream keeps the record."""
    dynamodb, table = target.client("dynamodb"), target.outputs["TableName"]
    item = {"pk": {"S": f"smoke-{uuid.uuid4()}"}, "sk": {"S": "item"}}
    dynamodb.put_item(TableName=table, Item={**item, "source": {"S": key}})
    dynamodb.delete_item(TableName=table, Key=item)


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is a batch of one record; it doesn't contain the object's key."""
    record = json.loads(message)
    condition = record["requestContext"]["condition"]
    return condition == "RetryAttemptsExhausted" and record["DDBStreamBatchInfo"]["batchSize"] == 1
