"""Settings of the worker that can't work are refused."""

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
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, worker=replace(ANY.worker, **change))
