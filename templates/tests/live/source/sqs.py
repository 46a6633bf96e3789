"""Imports are started by messages in the queue."""

import json

from tap_emulator.target import Target


def start_import(target: Target, key: str) -> None:
    """Send a message that names the object."""
    target.client("sqs").send_message(
        QueueUrl=target.outputs["WorkerQueueUrl"], MessageBody=json.dumps({"key": key})
    )


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is the message that names this object."""
    return bool(json.loads(message) == {"key": key})
