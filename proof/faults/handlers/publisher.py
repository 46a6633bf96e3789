"""A handler that publishes to a topic."""

PERMISSIONS = {"TOPIC_ARN": {"sns:Publish"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
