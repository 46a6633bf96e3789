"""A handler that uses Powertools."""

from aws_lambda_powertools import Metrics, Tracer

PERMISSIONS: dict[str, set[str]] = {}

metrics = Metrics()
tracer = Tracer()


@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, object], context: object) -> None:
    """Do nothing."""
