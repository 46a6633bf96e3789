"""A handler that does not declare its calls."""


def handler(event: object, context: object) -> None:
    """Do nothing."""
