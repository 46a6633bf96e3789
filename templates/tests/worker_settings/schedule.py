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
        pytest.param({"minutes": 2}, "two runs would overlap", id="short"),
        pytest.param({"minutes": 1441}, "longer than a day", id="long"),
    ],
)
def test_invalid_settings_are_rejected(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, worker=replace(ANY.worker, **change))
