"""{{ cookiecutter.__worker_title }}: the objects that new items name are imported."""

import json
import time
import uuid
from collections.abc import Iterator

import pytest

from service.names import {{ cookiecutter.__incoming }}
from tap_emulator.target import Target
from tests.live.objects import Worker


def start_import(target: Target, key: str) -> None:
    """Add an item that names the object, and delete it; the stream keeps the record."""
    dynamodb, table = target.client("dynamodb"), target.outputs["TableName"]
    item = {"pk": {"S": f"smoke-{uuid.uuid4()}"}, "sk": {"S": "item"}}
    dynamodb.put_item(TableName=table, Item={**item, "{{ cookiecutter.__link }}": {"S": key}})
    dynamodb.delete_item(TableName=table, Key=item)


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is a batch of one record; it doesn't contain the object's key."""
    record = json.loads(message)
    condition = record["requestContext"]["condition"]
    return condition == "RetryAttemptsExhausted" and record["DDBStreamBatchInfo"]["batchSize"] == 1


{% include 'tests/live/worker/any.py' %}


{% include 'tests/live/worker/batches.py' %}


def test_duplicate_stream_records_are_ignored(worker: Worker, target: Target, name: str) -> None:
    key = worker.put({"name": name, "quantity": 1})
    last = worker.put({"name": name, "quantity": 2})
    for given in (key, key, last):
        start_import(target, given)
    worker.eventually_imported(name, 2)
    quantities = [item["quantity"]["N"] for item in worker.imported(name)]
    assert sorted(quantities) == ["1", "2"]
