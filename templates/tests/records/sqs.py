"""Messages of the worker's queue."""

import json

from tests.queue_event import event as event

POISON = ["{", "[]", "{}", '{"key": 1}', '{"key": "documents/a.json"}']
UNREADABLE = "{"
REASON = 'a message is a JSON object such as {"key": "incoming/items.json"}'


def record(key: str) -> str:
    """Return a message that names an object."""
    return json.dumps({"key": key})
