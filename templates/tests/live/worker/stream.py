"""New items of the table start the worker."""

from tap_emulator.target import Target
from tests.live.objects import Worker
from tests.live.source import hand_over


def test_a_record_that_comes_twice_is_applied_once(
    worker: Worker, target: Target, name: str
) -> None:
    key = worker.put({"name": name, "quantity": 1})
    last = worker.put({"name": name, "quantity": 2})
    for given in (key, key, last):
        hand_over(target, given)
    worker.eventually_imported(name, 2)
    quantities = [item["quantity"]["N"] for item in worker.imported(name)]
    assert sorted(quantities) == ["1", "2"]
