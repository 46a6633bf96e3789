"""Sign in as a browser does, on the emulator's login page, which replaces Cognito's.

The page is ministack's, with a question for the one-time code (extension/front.py). Codes, tokens
and PKCE are ministack's as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tap_emulator.callers import Enrolled, one_time_code
from tap_emulator.target import Target


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A sign-in of one user by the authorization-code flow with PKCE (RFC 7636).

    Args:
        target: the stack, on the emulator.
        origin: the page's origin; its callback URL is the origin with a slash.
        user: the name of the user.
        enrolled: the user's password and second factor.
    """

    target: Target
    origin: str
    user: str
    enrolled: Enrolled
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def code(self, one_time: str | None = None) -> str:
        """Return the code that the login page sends to the callback URL; empty if it sends none.

        Args:
            one_time: the one-time code; None: the current one.
        """
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "client_id": self.target.outputs["BrowserClientId"],
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "redirect_uri": f"{self.origin}/",
            "response_type": "code",
            "scope": "openid email",
            "state": "state",
        }
        shown = self._request("GET", f"/oauth2/authorize?{urlencode(query)}")
        filled = {"username": self.user, "password": self.enrolled.password}
        shown = self._submit(shown, **filled)
        shown = self._submit(shown, code=one_time or one_time_code(self.enrolled.secret))
        location = urlsplit(str(shown.headers.get("Location", "")))
        return parse_qs(location.query).get("code", [""])[0]

    def tokens(self, code: str, verifier: str | None = None) -> dict[str, Any]:
        """Return the answer to a code: tokens, or an error."""
        answer = self._request(
            "POST",
            "/oauth2/token",
            client_id=self.target.outputs["BrowserClientId"],
            code=code,
            code_verifier=verifier or self.verifier,
            grant_type="authorization_code",
            redirect_uri=f"{self.origin}/",
        )
        found: dict[str, Any] = json.loads(answer.data)
        return found

    def _submit(self, shown: Any, **fields: str) -> Any:
        """Fill in the form of a page, with the hidden fields that it has."""
        text = shown.data.decode()
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
        return self._request("POST", "/login", **{**hidden, **fields})

    def _request(self, method: str, path: str, **form: str) -> Any:
        if self.target.emulator is None:
            raise ValueError("only the emulator's login page can be filled in by a program")
        return self.target.http().request(
            method,
            f"{self.target.emulator.endpoint}{path}",
            body=urlencode(form) if form else None,
            headers={"Content-Type": "application/x-www-form-urlencoded"} if form else {},
            redirect=False,
        )
