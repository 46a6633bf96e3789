"""Signs requests to API Gateway with AWS Signature Version 4."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


class SigV4(httpx.Auth):
    """The authentication of an AWS identity: `httpx_args={"auth": SigV4(boto3.Session())}`.

    Args:
        session: a session of boto3 or botocore; its credentials may change while it is used.
        region: the API's region; the session's by default.

    Raises:
        ValueError: neither has a region, or the session has no credentials.
    """

    requires_request_body = True

    def __init__(self, session: Any, region: str | None = None) -> None:
        own = getattr(session, "region_name", None) or _configured(session)
        if not (region or own):
            raise ValueError("no region; try: SigV4(session, 'us-east-1')")
        if session.get_credentials() is None:
            raise ValueError("no AWS credentials; try: aws sts get-caller-identity")
        self._session = session
        self._region = region or own

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Sign the request, and send it once."""
        kept = {name: value for name, value in request.headers.items() if name == "content-type"}
        signed = AWSRequest(
            method=request.method, url=str(request.url), data=request.content, headers=kept
        )
        credentials = self._session.get_credentials().get_frozen_credentials()
        SigV4Auth(credentials, "execute-api", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers))
        yield request


def _configured(session: Any) -> str | None:
    variable = getattr(session, "get_config_variable", None)
    return variable("region") if variable else None
