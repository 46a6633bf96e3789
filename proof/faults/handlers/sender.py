"""A handler that sends messages to a queue."""

PERMISSIONS = {"QUEUE_URL": {"sqs:SendMessage"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
