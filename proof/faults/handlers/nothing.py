"""A handler that calls nothing."""

PERMISSIONS: dict[str, set[str]] = {}


def handler(event: object, context: object) -> None:
    """Do nothing."""
