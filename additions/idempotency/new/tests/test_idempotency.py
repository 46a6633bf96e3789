{% set contexts = {
    'rest-iam': '{"identity": {"user": user}}',
    'rest-cognito': '{"authorizer": {"claims": {"sub": user}}}',
    'http-iam': '{"authorizer": {"iam": {"userId": user}}}',
    'http-cognito': '{"authorizer": {"jwt": {"claims": {"sub": user}}}}',
} %}
"""Requests with an Idempotency-Key are answered once; items are replaced by version."""

import json
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from service import names
from tests.requests import event, header

BOLT = {"name": "bolt", "quantity": 3}
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def api(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("api")


@pytest.fixture
def send(api: ModuleType, context: SimpleNamespace) -> Send:
    """Return a function that sends a request of a user and returns its response."""

    def request(
        method: str, path: str, body: Any = None, user: str = "A", **headers: str
    ) -> dict[str, Any]:
        made = event(method, path, json.dumps(body) if body else None, {})
        made["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        made["requestContext"] |= {{ contexts[cookiecutter.api ~ '-' ~ cookiecutter.api_auth] }}
        response: dict[str, Any] = api.handler(made, context)
        return response

    return request


@pytest.fixture
def record(aws: SimpleNamespace) -> Callable[[], Any]:
    """Return a function that returns the only record."""
    name = aws.environments["api"]["IDEMPOTENCY_NAME"]
    table = type(aws.table)(name, client=aws.table.meta.client)

    def read() -> Any:
        (found,) = table.scan()["Items"]
        return SimpleNamespace(row=found, table=table)

    return read


def test_a_repeat_gets_the_first_answer(send: Send, aws: SimpleNamespace) -> None:
    first = send("POST", "/items", BOLT, Idempotency_Key="a")
    assert first["statusCode"] == 201
    assert send("POST", "/items", {**BOLT}, idempotency_key="a") == first
    assert len(aws.table.scan()["Items"]) == 1


def test_another_body_is_refused(send: Send, aws: SimpleNamespace) -> None:
    send("POST", "/items", BOLT, Idempotency_Key="a")
    response = send("POST", "/items", {**BOLT, "quantity": 4}, Idempotency_Key="a")
    assert response["statusCode"] == 422
    assert header(response, "Content-Type") == "application/problem+json"
    assert json.loads(response["body"])["status"] == 422
    assert len(aws.table.scan()["Items"]) == 1


def test_keys_are_those_of_a_caller(send: Send, aws: SimpleNamespace) -> None:
    for user in ("A", "B"):
        assert send("POST", "/items", BOLT, user, Idempotency_Key="a")["statusCode"] == 201
    assert len(aws.table.scan()["Items"]) == 2
{% if cookiecutter.api_auth == 'iam' %}


def test_the_sessions_of_a_role_share_their_keys(send: Send) -> None:
    first = send("POST", "/items", BOLT, "AROA:one", Idempotency_Key="a")
    assert send("POST", "/items", BOLT, "AROA:two", Idempotency_Key="a") == first
{% endif %}


def test_a_request_without_a_key_is_not_recorded(send: Send, record: Callable[[], Any]) -> None:
    assert send("POST", "/items", BOLT)["statusCode"] == 201
    with pytest.raises(ValueError, match="not enough values"):
        record()


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_invalid_key_is_refused(send: Send, key: str) -> None:
    response = send("POST", "/items", BOLT, Idempotency_Key=key)
    assert response["statusCode"] == 400
    (error,) = json.loads(response["body"])["errors"]
    assert error["parameter"] == "idempotency-key"


@pytest.mark.parametrize(("seconds", "status"), [(60, 409), (-1, 201)], ids=["running", "ended"])
def test_a_repeat_before_the_first_answer_is_a_conflict(
    send: Send, record: Callable[[], Any], seconds: int, status: int
) -> None:
    send("POST", "/items", BOLT, Idempotency_Key="a")
    found = record()
    until = int(time.time() + seconds) * 1000
    started = {"status": "INPROGRESS", "in_progress_expiration": until}
    found.table.put_item(Item={**found.row, **started})
    response = send("POST", "/items", BOLT, Idempotency_Key="a")
    assert response["statusCode"] == status
    assert json.loads(response["body"]).get("status") == (409 if status == 409 else None)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDenied"])
def test_a_failed_request_can_be_repeated(
    api: ModuleType, send: Send, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def failed(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code}}, "PutItem")

    with monkeypatch.context() as patch:
        patch.setattr(api.items.table, "put_item", failed)
        if code == "AccessDenied":
            with pytest.raises(ClientError, match=code):
                send("POST", "/items", BOLT, Idempotency_Key="a")
        else:
            response = send("POST", "/items", BOLT, Idempotency_Key="a")
            assert response["statusCode"] == 503
    assert send("POST", "/items", BOLT, Idempotency_Key="a")["statusCode"] == 201


def test_nothing_is_created_while_records_are_throttled(
    api: ModuleType, send: Send, aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")

    monkeypatch.setattr(api.idempotency.records.client, "put_item", throttled)
    assert send("POST", "/items", BOLT, Idempotency_Key="a")["statusCode"] == 503
    assert aws.table.scan()["Items"] == []


def test_a_created_item_is_returned_though_its_record_is_throttled(
    api: ModuleType, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

    monkeypatch.setattr(api.idempotency.records.client, "update_item", throttled)
    assert send("POST", "/items", BOLT, Idempotency_Key="a")["statusCode"] == 201


def test_a_record_expires(send: Send, record: Callable[[], Any], aws: SimpleNamespace) -> None:
    send("POST", "/items", BOLT, Idempotency_Key="a")
    found = record()
    seconds = int(found.row[names.EXPIRES]) - time.time()
    assert abs(seconds - names.REPEAT_HOURS * 3600) < 60
    found.table.put_item(Item={**found.row, names.EXPIRES: int(time.time()) - 1})
    assert send("POST", "/items", BOLT, Idempotency_Key="a")["statusCode"] == 201
    assert len(aws.table.scan()["Items"]) == 2


def test_records_expire_in_every_environment(stack: SimpleNamespace) -> None:
    (expiry,) = (
        table["Properties"]["TimeToLiveSpecification"]
        for table in stack.of_type("AWS::DynamoDB::Table").values()
        if "TimeToLiveSpecification" in table["Properties"]
    )
    assert expiry == {"AttributeName": names.EXPIRES, "Enabled": True}


def test_a_request_with_a_key_ends_before_the_timeout_of_the_function(
    api: ModuleType, send: Send, stack: SimpleNamespace, longest_call: Callable[[Any], float]
) -> None:
    clients = [api.idempotency.records.client, api.items.table.meta.client]
    called: list[Any] = []
    for client in clients:
        client.meta.events.register(
            "before-call", lambda model, client=client, **_: called.append(client)
        )
    send("POST", "/items", BOLT, Idempotency_Key="a")
    assert len(called) == 3
    assert sum(map(longest_call, called)) < stack.timeout("api.handler")
