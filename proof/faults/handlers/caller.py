"""A handler that calls another function."""

PERMISSIONS = {"WORKER_NAME": {"lambda:InvokeFunction"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
