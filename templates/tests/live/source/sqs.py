"""Messages of the queue start the worker."""

import json

from tap_emulator.target import Target


def hand_over(target: Target, key: str) -> None:
    """Send the worker a message."""
    target.client("sqs").send_message(
        QueueUrl=target.outputs["WorkerQueueUrl"], MessageBody=json.dumps({"key": key})
    )


def is_about(letter: str, key: str) -> bool:
    """Tell whether a dead letter is the message about this object."""
    return bool(json.loads(letter) == {"key": key})
