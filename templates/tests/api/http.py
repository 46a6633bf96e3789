"""Events and responses of the HTTP API function."""

from collections.abc import Mapping
from typing import Any


def event(method: str, path: str, body: str | None, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the event of a request."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": f"/live{path}",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "queryStringParameters": query,
        "requestContext": {
            "requestId": "request",
            "stage": "live",
            "http": {"method": method, "path": f"/live{path}"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def header(response: Mapping[str, Any], name: str) -> str:
    """Return a header of a response."""
    return str(response["headers"][name])
