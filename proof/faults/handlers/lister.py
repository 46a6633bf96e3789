"""A handler that lists tables."""

PERMISSIONS = {"*": {"dynamodb:ListTables"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
