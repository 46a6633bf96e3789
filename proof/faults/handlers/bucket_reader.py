"""A handler that reads objects under a prefix."""

PERMISSIONS = {"BUCKET_NAME/documents/*": {"s3:GetObject"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
