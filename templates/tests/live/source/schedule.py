"""Imports are started by the schedule."""

import json

from tap_emulator.target import Target


def start_import(target: Target, key: str) -> None:
    """Wait for the schedule; in an account, where that takes minutes, invoke the worker."""
    if target.emulator is None:
        target.client("lambda").invoke(
            FunctionName=target.outputs["WorkerFunctionArn"], InvocationType="Event", Payload=b"{}"
        )


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is a run that could not import this object."""
    record = json.loads(message)
    tried = record["requestContext"]
    return key in json.dumps(record["responsePayload"]) and (
        tried["condition"],
        tried["approximateInvokeCount"],
    ) == ("RetriesExhausted", 3)
