"""New items of the table start the worker."""

import json
import uuid

from tap_emulator.target import Target


def hand_over(target: Target, key: str) -> None:
    """Add an item that names the object, and take it away: the stream has a record of it."""
    dynamodb, table = target.client("dynamodb"), target.outputs["TableName"]
    item = {"pk": {"S": f"smoke-{uuid.uuid4()}"}, "sk": {"S": "item"}}
    dynamodb.put_item(TableName=table, Item={**item, "source": {"S": key}})
    dynamodb.delete_item(TableName=table, Key=item)


def is_about(letter: str, key: str) -> bool:
    """Tell whether a dead letter is about one record of the stream, whose key it doesn't name."""
    record = json.loads(letter)
    condition = record["requestContext"]["condition"]
    return condition == "RetryAttemptsExhausted" and record["DDBStreamBatchInfo"]["batchSize"] == 1
