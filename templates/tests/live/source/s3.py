"""Objects of the bucket start the worker."""

import json

from tap_emulator.target import Target


def hand_over(target: Target, key: str) -> None:
    """Do nothing: the bucket sends an event for each new object."""


def is_about(letter: str, key: str) -> bool:
    """Tell whether a dead letter is the event of this object."""
    return bool(json.loads(letter)["detail"]["object"]["key"] == key)
