"""Events of new objects in the worker's queue."""

import json

from tests.queue_event import event as event

UNREADABLE = "{"
REASON = "the message is not an event of an object"


def record(key: str) -> str:
    """Return the message that EventBridge puts on the queue for a new object."""
    return json.dumps(
        {
            "version": "0",
            "id": "00000000-0000-0000-0000-000000000000",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": "123456789012",
            "time": "2026-01-01T00:00:00Z",
            "region": "us-east-1",
            "resources": ["arn:aws:s3:::bucket"],
            "detail": {"bucket": {"name": "bucket"}, "object": {"key": key, "size": 1}},
        }
    )


POISON = ["{", "[]", "{}", '{"detail": []}', record("documents/a.json")]
