"""Lines between the questions on a terminal: what an answer makes irrelevant, and what may help.

Nothing here runs without a terminal, so that it can't change what an unattended run renders.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from local_extensions import answers
from local_extensions.literals import environment_names, is_production

# The answer to alarm_email that means the address of git's configuration.
ME = "me"
GIT_SECONDS = 5


def before(question: str, given: Mapping[str, Any]) -> str | None:
    """Return the line to print before a question, given the answers so far."""
    hint = HINTS.get(question)
    return None if hint is None else hint(given)


def _authorization(given: Mapping[str, Any]) -> str | None:
    if given.get("api") == "none":
        return "Without an API the next question is ignored: press Enter."
    region = str(given.get("aws_region"))
    if not answers.offers(region, "user_pools"):
        return f"{region} has no Cognito user pools: choose 1."
    return None


def _worker(given: Mapping[str, Any]) -> str | None:
    if given.get("api") == "none":
        return "Without an API the project needs a worker: choose 1 to 4."
    return None


def _trail(given: Mapping[str, Any]) -> str | None:
    names = environment_names(str(given.get("environments", "")))
    if any(is_production(name) for name in names):
        return None
    return (
        "No environment is production, so there is no trail before one has production=True in"
        " infra/settings.py."
    )


def _email(_: Mapping[str, Any]) -> str | None:
    address = git_email()
    return address and f"Type {ME} for {address} (git config user.email)."


HINTS: dict[str, Callable[[Mapping[str, Any]], str | None]] = {
    "api_auth": _authorization,
    "worker": _worker,
    "audit_trail": _trail,
    "alarm_email": _email,
}


@cache
def git_email() -> str | None:
    """Return the address of git's configuration, if alarms can be sent to it.

    It is offered, and never the default: AWS writes to it, and the repository contains it.
    """
    try:
        shown = subprocess.run(
            ["git", "config", "--get", "user.email"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=GIT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    address = shown.stdout.strip()
    if not address or "noreply" in address or answers.RULES["alarm_email"](address):
        return None
    return address
