"""Requests of `make call`: HTTP requests, and events that start a worker."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from tap_emulator.callers import Caller
from tap_emulator.target import Target
from tap_project.assembly import OperationError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Characters that a path or a query has unchanged, besides letters and digits (RFC 3986).
UNCHANGED = "/?#[]@!$&'()*+,;=:%-._~"
EXAMPLE = "make call REQUEST='GET /items'"
HELP = f"try: {EXAMPLE}"


@dataclass(frozen=True)
class Request:
    """One request: a method of HTTP or a verb of EVENTS, its object, and a body if it has one."""

    verb: str
    path: str
    body: str | None = None

    @property
    def is_http(self) -> bool:
        """Whether it is for the API."""
        return self.verb in METHODS


@dataclass(frozen=True)
class Answer:
    """The answer: the status of HTTP, or of AWS's answer, and its text."""

    status: int
    reason: str
    text: str

    def shown(self) -> str:
        """Return the status and the body; JSON is indented."""
        try:
            body = json.dumps(json.loads(self.text), indent=2, ensure_ascii=False)
        except ValueError:
            body = self.text
        return "\n".join(filter(None, [f"{self.status} {self.reason}".strip(), body]))


def parsed(text: str, body: str | None = None, folder: Path | None = None) -> Request:
    """Return a request such as `POST /items`, or an event such as `upload incoming/a.json`.

    Args:
        text: method and path, or verb and object.
        body: the body; `@file` reads it from a file, as curl does.
        folder: where files are; the working folder by default.

    Raises:
        OperationError: the text is no request; the message has one.
    """
    verb, _, path = text.strip().partition(" ")
    path = path.strip()
    if not verb:
        raise OperationError(f"Which request? {HELP[0].upper()}{HELP[1:]}")
    if not path:
        raise OperationError(f"{text!r} has no method and path; {HELP}")
    sent = _read(body, folder or Path()) if body and body.startswith("@") else body
    if path.startswith("/"):
        if verb.upper() not in METHODS:
            raise OperationError(f"{verb!r} is no method; try one of {', '.join(METHODS)}")
        if re.search(r"[\x00-\x1f\x7f]", path):
            raise OperationError(f"{path!r} has control characters; try %0A for a new line")
        return Request(verb.upper(), quote(path, safe=UNCHANGED), sent)
    if verb.lower() in EVENTS:
        return Request(verb.lower(), path, sent)
    if verb.upper() in METHODS:
        raise OperationError(f"path {path!r} lacks its slash; try REQUEST='{verb} /{path}'")
    raise OperationError(f"{verb!r} is no method; {HELP}")


def _read(body: str, folder: Path) -> str:
    file = folder / body.removeprefix("@")
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperationError(f"BODY={body} can't be read ({error}); try BODY=@items.json") from None


def url_of(base: str, path: str) -> str:
    """Return the URL of a path of an API, whose base ends with a slash."""
    return f"{base}{path.removeprefix('/')}"


def send(request: Request, base: str, caller: Caller, http: urllib3.PoolManager) -> Answer:
    """Send a request to an API, with the caller's authentication.

    Raises:
        OperationError: the API does not answer.
    """
    url = url_of(base, request.path)
    sent = {"Content-Type": "application/json"} if request.body is not None else {}
    headers = {**sent, **caller.headers(request.verb, url, request.body, sent)}
    try:
        received = http.request(request.verb, url, body=request.body, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        host = urlsplit(url).netloc
        raise OperationError(f"{host} does not answer: {error}") from error
    return Answer(
        received.status, received.reason or "", received.data.decode("utf-8", errors="replace")
    )


def _upload(target: Target, key: str, body: str) -> Answer:
    bucket = _output(target, "BucketName")
    target.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
    return Answer(200, f"uploaded to s3://{bucket}/{key}", "")


def _send(target: Target, queue: str, body: str) -> Answer:
    url = _output(target, f"{queue}Url")
    sent = target.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    return Answer(200, f"sent to {queue}", json.dumps({"MessageId": sent["MessageId"]}))


def _insert(target: Target, table: str, body: str) -> Answer:
    from boto3.dynamodb.types import TypeSerializer

    item = {key: TypeSerializer().serialize(value) for key, value in _object(body).items()}
    target.client("dynamodb").put_item(TableName=_output(target, f"{table}Name"), Item=item)
    return Answer(200, f"inserted into {table}", "")


def _invoke(target: Target, function: str, body: str) -> Answer:
    arn = _output(target, f"{function}Arn")
    answer = target.client("lambda").invoke(FunctionName=arn, Payload=(body or "{}").encode())
    text = answer["Payload"].read().decode("utf-8", errors="replace")
    failed = "FunctionError" in answer
    return Answer(500 if failed else 200, f"{function} {'failed' if failed else 'returned'}", text)


def _object(body: str) -> dict[str, Any]:
    from decimal import Decimal

    try:
        found = json.loads(body, parse_float=Decimal)
    except ValueError as error:
        raise OperationError(f"the item is not JSON ({error}); try BODY=@item.json") from None
    if not isinstance(found, dict):
        raise OperationError('the item is no JSON object; try BODY=\'{"pk": "1"}\'')
    return found


def _output(target: Target, name: str) -> str:
    """Return an output of the stack.

    Raises:
        OperationError: there is no such output; the message has those with the same ending.
    """
    if name in target.outputs:
        return target.outputs[name]
    ending = next(end for end in ("Name", "Url", "Arn") if name.endswith(end))
    choices = sorted(each.removesuffix(ending) for each in target.outputs if each.endswith(ending))
    raise OperationError(f"the stack has no output {name!r}; try one of {', '.join(choices)}")


EVENTS = {"upload": _upload, "send": _send, "insert": _insert, "invoke": _invoke}


def start(request: Request, target: Target) -> Answer:
    """Upload an object, send a message, insert an item, or invoke a function.

    Raises:
        OperationError: the body is missing or invalid, or the stack lacks the resource.
    """
    if request.body is None and request.verb != "invoke":
        raise OperationError(f"{request.verb} needs a body; try BODY=@items.json")
    return EVENTS[request.verb](target, request.path, request.body or "")
