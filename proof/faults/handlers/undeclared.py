"""A handler that does not declare what it calls."""


def handler(event: object, context: object) -> None:
    """Do nothing."""
