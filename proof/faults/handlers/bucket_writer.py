"""A handler that writes objects anywhere in a bucket."""

PERMISSIONS = {"BUCKET_NAME/*": {"s3:PutObject"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
