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
    """Size of the worker.

    Args:
        function: importing a document of 1000 items takes a minute or more.
    """

    function: FunctionSize

    def check(self, environment: Environment) -> None:
        timeout = self.function.timeout_seconds
        if timeout < SECONDS_TO_STOP + 20:
            raise ValueError(
                f"worker.function of {environment.name!r} has a timeout of {timeout!r} seconds, and"
                f" stops {SECONDS_TO_STOP} seconds before; try timeout_seconds=180"
            )
