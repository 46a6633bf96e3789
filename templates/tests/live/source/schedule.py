"""The schedule starts the worker."""

import json

from tap_emulator.target import Target


def hand_over(target: Target, key: str) -> None:
    """The schedule runs the worker; in an account, where that takes a while, it is asked to run."""
    if target.emulator is None:
        target.client("lambda").invoke(
            FunctionName=target.outputs["WorkerFunctionArn"], InvocationType="Event", Payload=b"{}"
        )


def is_about(letter: str, key: str) -> bool:
    """Tell whether a dead letter is about a run that could not import an object."""
    record = json.loads(letter)
    tried = record["requestContext"]
    return key in json.dumps(record["responsePayload"]) and (
        tried["condition"],
        tried["approximateInvokeCount"],
    ) == ("RetriesExhausted", 3)
