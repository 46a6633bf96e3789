"""Repeated and concurrent writes, over HTTP."""

import concurrent.futures
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tap_emulator.callers import Caller
from tap_emulator.target import Target

ITEM = {"name": "bolt", "quantity": 3}
WRITERS = 5
Send = Callable[..., Any]


@pytest.fixture
def send(target: Target, caller: Caller) -> Iterator[Send]:
    """Yield a function that sends a request; delete the items that it created."""
    http, created = target.http(), set()

    def request(method: str, path: str, body: object = None, **headers: str) -> Any:
        url = target.url(path)
        data = json.dumps(body) if body else None
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": "application/json", **given}
        sent |= caller.headers(method, url, data, sent)
        response = http.request(method, url, body=data, headers=sent)
        if response.status == 201:
            created.add(json.loads(response.data)["item_id"])
        return response

    yield request
    for item_id in created:
        request("DELETE", f"items/{item_id}")


def test_a_repeat_gets_the_first_answer_and_another_body_none(send: Send) -> None:
    key = str(uuid.uuid4())
    first = send("POST", "items", ITEM, Idempotency_Key=key)
    assert first.status == 201
    repeat = send("POST", "items", ITEM, Idempotency_Key=key)
    assert (repeat.status, repeat.data) == (201, first.data)
    assert repeat.headers["ETag"] == first.headers["ETag"]
    other = send("POST", "items", {**ITEM, "quantity": 4}, Idempotency_Key=key)
    assert other.status == 422
    assert json.loads(other.data)["status"] == 422


def test_concurrent_repeats_create_one_item(send: Send) -> None:
    key = str(uuid.uuid4())
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as writers:
        sent = [writers.submit(send, "POST", "items", ITEM, Idempotency_Key=key) for _ in range(WRITERS)]
        responses = [each.result() for each in sent]
    assert {response.status for response in responses} <= {201, 409}
    assert len({response.data for response in responses if response.status == 201}) == 1


def test_an_item_is_replaced_by_version(send: Send) -> None:
    created = send("POST", "items", ITEM)
    path = f"items/{json.loads(created.data)['item_id']}"
    tag = send("GET", path).headers["ETag"]
    assert tag == created.headers["ETag"]
    assert send("PUT", path, ITEM).status == 428
    replaced = send("PUT", path, {**ITEM, "quantity": 4}, If_Match=tag)
    assert replaced.status == 200
    assert json.loads(send("GET", path).data)["quantity"] == 4
    assert send("PUT", path, ITEM, If_Match=tag).status == 412
    assert replaced.headers["ETag"] != tag
