"""A handler that counts objects."""

PERMISSIONS = {"BUCKET_NAME": {"s3:ListBucket"}, "*": {"cloudwatch:PutMetricData"}}


def handler(event: object, context: object) -> None:
    """Do nothing."""
