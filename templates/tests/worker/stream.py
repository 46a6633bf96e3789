"""{{ cookiecutter.__worker_title }}: the object of each new item is imported, and only failed records are delivered again."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.objects import ROWS, names, put


def event(*images: dict[str, Any]) -> dict[str, Any]:
    """Return a batch of new items as Lambda receives it from the table's stream."""
    return {
        "Records": [
            {
                "eventID": str(number),
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "us-east-1",
                "dynamodb": {
                    "Keys": {"pk": {"S": str(number)}, "sk": {"S": "item"}},
                    "NewImage": image,
                    "SequenceNumber": str(number),
                    "SizeBytes": 1,
                    "StreamViewType": "NEW_IMAGE",
                },
            }
            for number, image in enumerate(images)
        ]
    }


def record(key: str) -> dict[str, Any]:
    """Return a new item that names an object."""
    return {"pk": {"S": "a"}, "sk": {"S": "item"}, "{{ cookiecutter.__link }}": {"S": key}}


UNREADABLE: dict[str, Any] = {"pk": {"S": "a"}}
REASON = "the record is not of an item with a source"
POISON = [UNREADABLE, record("documents/a.json")]


{% include 'tests/worker/batches.py' %}


def test_imported_items_have_no_source(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    worker.handler(event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS))), context)
    written = aws.table.scan()["Items"]
    assert len(written) == 3  # two items and a checkpoint
    assert not [row for row in written if "{{ cookiecutter.__link }}" in row]


def test_an_imported_item_can_not_name_a_source(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    loop = [{**ROWS[0], "{{ cookiecutter.__link }}": "{{ cookiecutter.__incoming_prefix }}loop.json"}]
    batch = event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}loop.json", loop)))
    assert worker.handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert names(aws) == []
