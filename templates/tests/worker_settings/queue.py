"""Invalid settings of the worker are rejected."""

from dataclasses import replace

import pytest

from infra.environment.function import FunctionSize
from infra.settings import ENVIRONMENTS

ANY = next(iter(ENVIRONMENTS.values()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"function": FunctionSize(memory_mib=512, timeout_seconds=59)},
            "stops 40 seconds before",
            id="timeout",
        ),
        pytest.param({"concurrency": 1}, "not between 2 and 1000", id="concurrency"),
        pytest.param({"concurrency": 1000}, "try fewer workers, or", id="writes-of-each-worker"),
    ],
)
def test_invalid_settings_are_rejected(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, worker=replace(ANY.worker, **change))
