"""Authenticates the requests of schemathesis, which imports this module (SCHEMATHESIS_HOOKS)."""

from __future__ import annotations

import os

import boto3
import requests
import schemathesis
from requests.auth import AuthBase

from tap_emulator.callers import Caller, Signer, User

TOKEN = "FUZZING_TOKEN"  # noqa: S105 - the name of a variable
# Headers that proxies and clients change are not signed.
SIGNED = ("content-type",)


class Authentication(AuthBase):
    """Adds the headers of a caller to each request, once it is complete."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Authenticate a request."""
        method, url = str(request.method), str(request.url)
        sent = {key: value for key, value in request.headers.items() if key.lower() in SIGNED}
        body = request.body
        data = body if isinstance(body, str | bytes) or body is None else b"".join(body)
        request.headers.update(self._caller.headers(method, url, data, sent))
        return request


def caller() -> Caller:
    """Return the caller: the user of a token, or the AWS identity of the environment."""
    token = os.environ.get(TOKEN)
    return User(token) if token else Signer(boto3.Session())


schemathesis.auth.set_from_requests(Authentication(caller()))
