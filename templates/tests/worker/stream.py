"""Imported items don't trigger the worker."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from tests.objects import ROWS, names, put
from tests.records import event, record


@pytest.fixture
def worker(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("worker")


def test_imported_items_have_no_source(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    worker.handler(event(record(put(aws, "incoming/rows.json", ROWS))), context)
    written = aws.table.scan()["Items"]
    assert len(written) == 3  # two items and a checkpoint
    assert not [row for row in written if "source" in row]


def test_an_imported_item_can_not_name_a_source(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    loop = [{**ROWS[0], "source": "incoming/loop.json"}]
    batch = event(record(put(aws, "incoming/loop.json", loop)))
    assert worker.handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert names(aws) == []
