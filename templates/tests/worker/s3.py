"""{{ cookiecutter.__worker_title }}: the object of each event is imported, and only failed events are delivered again."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.objects import ROWS, names, put
from tests.queue_event import event

UNREADABLE = "{"
REASON = "the message is not an event of an object"


def record(key: str) -> str:
    """Return the message that EventBridge puts on the queue for a new object."""
    return json.dumps(
        {
            "version": "0",
            "id": "00000000-0000-0000-0000-000000000000",
            "detail-type": "Object Created",
            "{{ cookiecutter.__link }}": "aws.s3",
            "account": "123456789012",
            "time": "2026-01-01T00:00:00Z",
            "region": "us-east-1",
            "resources": ["arn:aws:s3:::bucket"],
            "detail": {"bucket": {"name": "bucket"}, "object": {"key": key, "size": 1}},
        }
    )


POISON = ["{", "[]", "{}", '{"detail": []}', record("documents/a.json")]


{% include 'tests/worker/batches.py' %}


def test_keys_are_not_decoded(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}1+1 %41 A.json", ROWS)))
    assert worker.handler(batch, context) == {"batchItemFailures": []}
    assert names(aws) == ["bolt", "nut"]
