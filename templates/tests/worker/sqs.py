"""{{ cookiecutter.__worker_title }}: the object of each message is imported, and only failed messages are delivered again."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.objects import ROWS, names, put
from tests.queue_event import event

POISON = ["{", "[]", "{}", '{"key": 1}', '{"key": "documents/a.json"}']
UNREADABLE = "{"
REASON = 'a message is a JSON object such as {"key": "{{ cookiecutter.__incoming_prefix }}items.json"}'


def record(key: str) -> str:
    """Return a message that names an object."""
    return json.dumps({"key": key})


{% include 'tests/worker/batches.py' %}
