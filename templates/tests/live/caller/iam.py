"""The caller of the API: the AWS identity that runs the tests."""

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tap_emulator.target import Target


class Caller:
    """An AWS identity, which signs its requests: the one that runs the tests."""

    def __init__(self, target: Target) -> None:
        self._session = target.session

    def headers(
        self, method: str, url: str, data: str | bytes | None, headers: dict[str, str]
    ) -> dict[str, str]:
        """The headers that prove who calls."""
        return self._signed(method, url, data, headers, self._session.get_credentials())

    def forged(self, url: str) -> dict[str, str]:
        """Headers that are signed with a secret that nobody has."""
        real = self._session.get_credentials().get_frozen_credentials()
        return self._signed(
            "GET", url, None, {}, Credentials(real.access_key, "made up", real.token)
        )

    def _signed(
        self,
        method: str,
        url: str,
        data: str | bytes | None,
        headers: dict[str, str],
        credentials: Any,
    ) -> dict[str, str]:
        request = AWSRequest(method=method, url=url, data=data, headers=headers)
        SigV4Auth(credentials, "execute-api", self._session.region_name).add_auth(request)
        return dict(request.headers)


@pytest.fixture(scope="session")
def caller(target: Target) -> Caller:
    """Who calls the API."""
    return Caller(target)


@pytest.fixture
def impostor(target: Target, caller: Caller) -> dict[str, str]:
    """The headers of somebody who pretends to be the caller."""
    return caller.forged(target.url("items"))
