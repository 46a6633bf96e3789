"""Requests and answers of the HTTP API, as API Gateway exchanges them with the function."""

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


def header(answer: Mapping[str, Any], name: str) -> str:
    """Return a header of an answer."""
    return str(answer["headers"][name])
