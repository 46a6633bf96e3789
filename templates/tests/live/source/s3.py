"""Imports are started by objects in the bucket."""

import json

from tap_emulator.target import Target


def start_import(target: Target, key: str) -> None:
    """Do nothing: the bucket sends an event for each new object."""


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is the event of this object."""
    return bool(json.loads(message)["detail"]["object"]["key"] == key)
