"""The interface that groups of settings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.environment import Environment


class Group:
    """Settings of one capability, which may depend on other settings of the environment."""

    def check(self, environment: Environment, setting: str) -> None:
        """Check the settings against the rest of the environment.

        Args:
            environment: the environment.
            setting: the name of these settings in it, such as `api`.

        Raises:
            ValueError: a value is invalid; the message names it and a valid one.
        """
