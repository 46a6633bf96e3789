"""{{ cookiecutter.__worker_title }}: the objects that messages name are imported."""

import json
import time
from collections.abc import Iterator

import pytest

from service.names import {{ cookiecutter.__incoming }}
from tap_emulator.target import Target
from tests.live.objects import Worker


def start_import(target: Target, key: str) -> None:
    """Send a message that names the object."""
    target.client("sqs").send_message(
        QueueUrl=target.outputs["{{ cookiecutter.__worker_id }}QueueUrl"], MessageBody=json.dumps({"key": key})
    )


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is the message that names this object."""
    return bool(json.loads(message) == {"key": key})


{% include 'tests/live/worker/any.py' %}


{% include 'tests/live/worker/batches.py' %}


def test_duplicate_messages_are_ignored(worker: Worker, target: Target, name: str) -> None:
    key = worker.put({"name": name, "quantity": 1})
    start_import(target, key)
    start_import(target, key)
    worker.eventually_imported(name)
    queue = target.queue_url(target.outputs["{{ cookiecutter.__worker_id }}QueueArn"])
    states = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def drained() -> bool:
        found = target.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=states)
        return all(found["Attributes"][state] == "0" for state in states)

    target.eventually(drained, "an empty queue")
    assert len(worker.imported(name)) == 1
