"""Settings of the worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.function import FunctionSize
from infra.environment.group import Group
from service.names import SECONDS_TO_STOP

if TYPE_CHECKING:
    from infra.environment import Environment


@dataclass(frozen=True, kw_only=True)
class WorkerSettings(Group):
    """Size and interval of the worker.

    Args:
        function: importing a document of 1000 items takes a minute or more.
        minutes: between two runs: enough for three tries of one, and at most 1440 (a day), which
            is the longest period of an alarm.
    """

    function: FunctionSize
    minutes: int

    def check(self, environment: Environment) -> None:
        name, timeout = environment.name, self.function.timeout_seconds
        if timeout < SECONDS_TO_STOP + 20:
            raise ValueError(
                f"worker.function of {name!r} has a timeout of {timeout!r} seconds, and stops"
                f" {SECONDS_TO_STOP} seconds before; try timeout_seconds=180"
            )
        # Lambda tries a failed run twice more, after one minute and after two.
        if self.minutes * 60 < 3 * timeout + 180:
            raise ValueError(
                f"worker.minutes {self.minutes!r} of {name!r} is too short for three tries of"
                " worker.function, and two runs would overlap; try 15"
            )
        if self.minutes > 1440:
            raise ValueError(
                f"worker.minutes {self.minutes!r} of {name!r} is longer than a day, the longest"
                " period of an alarm; try 1440"
            )
