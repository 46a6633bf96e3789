"""Records of the stream: duplicates."""

from tap_emulator.target import Target
from tests.live.objects import Worker
from tests.live.source import start_import


def test_duplicate_stream_records_are_ignored(worker: Worker, target: Target, name: str) -> None:
    key = worker.put({"name": name, "quantity": 1})
    last = worker.put({"name": name, "quantity": 2})
    for given in (key, key, last):
        start_import(target, given)
    worker.eventually_imported(name, 2)
    quantities = [item["quantity"]["N"] for item in worker.imported(name)]
    assert sorted(quantities) == ["1", "2"]
