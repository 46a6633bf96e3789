"""Sends one request to `make dev`, or to a deployed environment: `make call REQUEST='GET /items'`.

Requests are signed with AWS credentials, or have the token of a user of the user pool. Besides
HTTP requests there are `upload KEY`, `send QUEUE`, `insert TABLE` and `invoke FUNCTION`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import urllib3

from tap_emulator import deployment
from tap_emulator.callers import Caller, Signer, User
from tap_emulator.dev import instance
from tap_emulator.requests import Answer, Request, parsed, send, start
from tap_emulator.sign_in import developer, user_of_account
from tap_emulator.target import ACCOUNT_PATIENCE_SECONDS, Target
from tap_project.assembly import ROOT, OperationError, Stack
from tap_project.command import reported
from tap_project.environments import known, stack_name
from tap_project.session import session_for

# Longer than API Gateway waits; a debugger stops a function for as long as its user likes.
SECONDS = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Send the request of CALL_REQUEST and CALL_BODY; 1 if its status is 400 or higher."""
    parser = argparse.ArgumentParser(prog="make call", description=main.__doc__)
    parser.add_argument("environment", nargs="?", help="a deployed one; default: make dev")
    given = parser.parse_args(arguments)

    def work() -> int:
        answer = call(
            os.environ.get("CALL_REQUEST", ""), os.environ.get("CALL_BODY"), given.environment
        )
        print(answer.shown())
        return 1 if answer.status >= 400 else 0

    return reported(work)


def call(text: str, body: str | None, environment: str | None) -> Answer:
    """Return the answer to a request.

    Raises:
        OperationError: an invalid request, no `make dev`, no such environment, or no sign-in.
    """
    if environment:
        return _call_account(parsed(text, body or None), environment)
    running = instance.current()
    if not text.strip() and running.examples:
        tried = "\n".join(f"  make call {example}" for example in running.examples)
        raise OperationError(f"Which request? Try one of these:\n{tried}")
    request = parsed(text, body or None)
    target = running.target()
    if not request.is_http:
        return start(request, target)
    if running.api_url is None:
        tried = "; or ".join(f"make call {example}" for example in running.examples)
        raise OperationError(f"this service has no API; start its worker: {tried}")
    http = urllib3.PoolManager(retries=False, timeout=None if running.debugged else SECONDS)
    caller: Caller = Signer(target.session)
    if "UserPoolId" in target.outputs:
        caller = User(developer(target, instance.FOLDER / "token.json"))
    return send(request, running.api_url, caller, http)


def _call_account(request: Request, environment: str) -> Answer:
    target = deployed(environment)
    if not request.is_http:
        return start(request, target)
    if "ApiUrl" not in target.outputs:
        raise OperationError("this service has no API; the README starts its worker")
    caller: Caller = Signer(target.session)
    if "UserPoolId" in target.outputs:
        caller = User(user_of_account(target, ROOT / "build" / f"token-{environment}.json"))
    http = urllib3.PoolManager(retries=False, timeout=SECONDS)
    return send(request, target.outputs["ApiUrl"], caller, http)


def deployed(environment: str) -> Target:
    """Return a deployed environment, with the caller's credentials; needs no synth.

    Raises:
        OperationError: no such environment, no credentials, or it is not deployed.
    """
    settings = known(environment)
    stack = Stack(
        name=stack_name(settings),
        environment=environment,
        account=settings.account,
        region=settings.region,
        production=settings.production,
        template=ROOT,
    )
    session, account = session_for(stack)
    if not deployment.exists(session, stack.name):
        raise OperationError(
            f"{environment!r} is not deployed to {account} in {stack.region};"
            f" try: make deploy ENV={environment}"
        )
    return Target(
        stack=stack.name,
        outputs=deployment.outputs(session, stack.name),
        session=session,
        emulator=None,
        patience=ACCOUNT_PATIENCE_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main())
