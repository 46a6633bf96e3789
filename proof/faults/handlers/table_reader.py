"""A handler that reads a table."""

PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
