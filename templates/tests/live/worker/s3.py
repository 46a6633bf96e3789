"""{{ cookiecutter.__worker_title }}: objects in the bucket are imported."""

import json
import time
from collections.abc import Iterator

import pytest

from service.names import {{ cookiecutter.__incoming }}
from tap_emulator.target import Target
from tests.live.objects import Worker


def start_import(target: Target, key: str) -> None:
    """Do nothing: the bucket sends an event for each new object."""


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is the event of this object."""
    return bool(json.loads(message)["detail"]["object"]["key"] == key)


{% include 'tests/live/worker/any.py' %}


{% include 'tests/live/worker/batches.py' %}


def test_a_duplicate_event_does_not_restore_a_deleted_item(
    worker: Worker, target: Target, name: str
) -> None:
    key = worker.put({"name": name, "quantity": 1})
    (item,) = worker.eventually_imported(name)
    target.client("dynamodb").delete_item(
        TableName=target.outputs["TableName"], Key={"pk": item["pk"], "sk": item["sk"]}
    )
    event = {
        "version": "0",
        "{{ cookiecutter.__link }}": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": target.outputs["BucketName"]}, "object": {"key": key}},
    }
    queue = target.queue_url(target.outputs["{{ cookiecutter.__worker_id }}QueueArn"])
    target.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    worker.put({"name": name, "quantity": 2})
    worker.eventually_imported(name)
    target.eventually(lambda: target.drained(queue), "an empty queue")
    assert [item["quantity"]["N"] for item in worker.imported(name)] == ["2"]


def test_the_rule_matches_only_incoming_objects(worker: Worker, target: Target, name: str) -> None:
    """Otherwise the documents that the worker writes would trigger it again."""
    pattern = json.loads(
        target.client("events").describe_rule(
            Name=target.outputs["{{ cookiecutter.__worker_id }}RuleArn"].rsplit("/", maxsplit=1)[1]
        )["EventPattern"]
    )
    assert pattern["detail"]["object"]["key"] == [{"prefix": "{{ cookiecutter.__incoming_prefix }}"}]
    assert pattern["detail"]["bucket"]["name"] == [target.outputs["BucketName"]]
