"""Events and responses of the REST API function."""

from collections.abc import Mapping
from typing import Any


def event(method: str, path: str, body: str | None, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the event of a request."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "queryStringParameters": query or None,
        "requestContext": {"requestId": "request", "stage": "live"},
        "body": body,
        "isBase64Encoded": False,
    }


def header(response: Mapping[str, Any], name: str) -> str:
    """Return a header of a response."""
    (value,) = response["multiValueHeaders"][name]
    return str(value)
