"""Settings of the worker."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.function import FunctionSize
from infra.environment.group import Group
from service.names import MAX_ITEMS, SECONDS_TO_STOP

if TYPE_CHECKING:
    from infra.environment import Environment

# A message is received five times; two tries are left for failures with other causes.
TRIES_OF_A_DOCUMENT = 3


@dataclass(frozen=True, kw_only=True)
class WorkerSettings(Group):
    """Size and concurrency of the worker.

    Args:
        function: importing a document of 1000 items takes a minute or more.
        concurrency: the most workers at once, 2 to 1000; no concurrency is reserved for them.
    """

    function: FunctionSize
    concurrency: int

    def check(self, environment: Environment) -> None:
        name, timeout = environment.name, self.function.timeout_seconds
        if timeout < SECONDS_TO_STOP + 20:
            raise ValueError(
                f"worker.function of {name!r} has a timeout of {timeout!r} seconds, and stops"
                f" {SECONDS_TO_STOP} seconds before; try timeout_seconds=300"
            )
        if not 2 <= self.concurrency <= 1000:
            raise ValueError(
                f"worker.concurrency {self.concurrency!r} of {name!r} is not between 2 and 1000;"
                " try 2"
            )
        self._check_share(environment)

    def _check_share(self, environment: Environment) -> None:
        """Reject more workers than the table's write units support.

        Each has an equal share, and should import the largest document in three tries: a message
        that fails five times is a dead letter.
        """
        setting, units = environment.capacity.initial_write_units
        share = units / self.concurrency
        seconds = self.function.timeout_seconds - SECONDS_TO_STOP
        needed = MAX_ITEMS / (TRIES_OF_A_DOCUMENT * seconds)
        if share < needed:
            raise ValueError(
                f"worker.concurrency {self.concurrency!r} of {environment.name!r} leaves each worker"
                f" {share:.1f} write units a second, not {needed:.1f}; try fewer workers, or"
                f" {setting}={math.ceil(needed * self.concurrency)}"
            )
