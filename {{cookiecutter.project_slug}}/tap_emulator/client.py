"""The generated Python client (`make clients`), connected to a deployed API."""

from __future__ import annotations

import importlib
import ssl
from typing import Any

from tap_emulator.callers import Caller, User
from tap_emulator.target import Target
from tap_project.clients.python import package
from tap_project.openapi import Document

SECONDS = 120


def connected(target: Target, caller: Caller) -> Any:
    """Return the client of a caller: an `AuthenticatedClient`, or a `Client` that signs.

    An undocumented status is an error.
    """
    name = package()
    client = importlib.import_module(f"{name}.client")
    options: dict[str, Any] = {
        "base_url": target.url("").rstrip("/"),
        "raise_on_unexpected_status": True,
        "timeout": importlib.import_module("httpx").Timeout(SECONDS),
    }
    if target.emulator is not None:
        options["verify_ssl"] = ssl.create_default_context(cafile=target.emulator.certificate)
    if isinstance(caller, User):
        prefix = "Bearer" if _is_bearer() else ""
        return client.AuthenticatedClient(token=caller.token, prefix=prefix, **options)
    sigv4 = importlib.import_module(f"{name}.sigv4")
    return client.Client(httpx_args={"auth": sigv4.SigV4(target.session)}, **options)


def _is_bearer() -> bool:
    """Return whether a token follows the word `Bearer`, as in HTTP APIs."""
    schemes = Document.read().content["components"]["securitySchemes"].values()
    return any(scheme.get("scheme") == "bearer" for scheme in schemes)
