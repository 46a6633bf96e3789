"""Authenticates the requests of schemathesis, which imports this module (SCHEMATHESIS_HOOKS)."""

from __future__ import annotations

import os

import boto3
import requests
import schemathesis
from requests.auth import AuthBase

from tap_emulator.callers import Caller, Signer, User
from tap_emulator.fuzzing.run import TOKEN

# Headers that proxies and clients change are not signed.
SIGNED = ("content-type",)


class Authentication(AuthBase):
    """Adds the headers of a caller to each request, once it is complete."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Authenticate a request."""
        sent = {
            name: str(value) for name, value in request.headers.items() if name.lower() in SIGNED
        }
        body = request.body if isinstance(request.body, str | bytes) else None
        method, url = str(request.method), str(request.url)
        request.headers.update(self._caller.headers(method, url, body, sent))
        return request


def caller() -> Caller:
    """Return the caller: the user of a token, or the AWS identity of the environment."""
    token = os.environ.get(TOKEN)
    return User(token) if token else Signer(boto3.Session())


schemathesis.auth.set_from_requests(Authentication(caller()))
