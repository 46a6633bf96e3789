"""Object keys in events."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from tests.objects import ROWS, names, put
from tests.records import event, record


@pytest.fixture
def worker(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("worker")


def test_keys_are_not_decoded(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(record(put(aws, "incoming/1+1 %41 A.json", ROWS)))
    assert worker.handler(batch, context) == {"batchItemFailures": []}
    assert names(aws) == ["bolt", "nut"]
