"""Settings of browser applications that call the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.group import Group

if TYPE_CHECKING:
    from infra.environment import Environment

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"(https://({_LABEL}\.)*{_LABEL}|http://(localhost|127\.0\.0\.1))"
    r"(:(?P<port>[1-9][0-9]{0,4}))?"
)
# Browsers leave it out of an origin.
_DEFAULT_PORT = re.compile(r"https://.*:443$|http://.*:80$")
{% if cookiecutter.api_auth == 'cognito' %}
_ADDRESS = re.compile(rf"[A-Za-z0-9._%+-]+@({_LABEL}\.)+[a-z]{% raw %}{{2,63}}{% endraw %}")
{% endif %}


@dataclass(frozen=True, kw_only=True)
class BrowserSettings(Group):
    """The browser applications of an environment.

    Args:
        origins: where they are served, such as `https://app.example.com`, or `http://localhost:8080`
            of a developer; empty: no browser application calls the API.
{% if cookiecutter.api_auth == 'cognito' %}
        mail_from: the sender of invitations and codes, at a domain that Amazon SES has verified in
            the environment's Region; None: Cognito sends up to 50 e-mails a day itself.
{% endif %}
    """

    origins: tuple[str, ...] = ()
{% if cookiecutter.api_auth == 'cognito' %}
    mail_from: str | None = None
{% endif %}

    def check(self, environment: Environment, setting: str) -> None:
        where = f"of {environment.name!r}"
        if not isinstance(self.origins, tuple):
            raise ValueError(
                f"{setting}.origins {self.origins!r} {where} is not a tuple;"
                " try ('https://app.example.com',)"
            )
        for origin in self.origins:
            # https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
            found = _ORIGIN.fullmatch(str(origin))
            if not found or int(found["port"] or 0) > 65535 or _DEFAULT_PORT.match(origin):
                raise ValueError(
                    f"{setting}.origins {origin!r} {where} is not an origin: https (http for localhost"
                    " and 127.0.0.1), a host in lower case, no path, no wildcard and no default"
                    " port; try 'https://app.example.com', or 'http://localhost:8080'"
                )
        if len(set(self.origins)) < len(self.origins):
            raise ValueError(f"{setting}.origins {where} has an origin twice; remove one")
{% if cookiecutter.api_auth == 'cognito' %}
        if self.mail_from is not None and not _ADDRESS.fullmatch(self.mail_from):
            raise ValueError(
                f"{setting}.mail_from {self.mail_from!r} {where} is not an address;"
                " try 'no-reply@example.com', or None"
            )
{% endif %}
