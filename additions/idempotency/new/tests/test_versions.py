"""Items are replaced by version: ETag and If-Match."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.requests import event, header

BOLT = {"name": "bolt", "quantity": 3}
NUT = {"name": "nut", "quantity": 4}
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def api(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("api")


@pytest.fixture
def send(api: ModuleType, context: SimpleNamespace) -> Send:
    """Return a function that sends a request and returns its response."""

    def request(
        method: str, path: str, body: Any = None, match: str | None = None
    ) -> dict[str, Any]:
        made = event(method, path, json.dumps(body) if body else None, {})
        made["headers"] |= {"If-Match": match} if match is not None else {}
        response: dict[str, Any] = api.handler(made, context)
        return response

    return request


@pytest.fixture
def created(send: Send) -> SimpleNamespace:
    """A new item: its path, its ETag, and its fields."""
    response = send("POST", "/items", BOLT)
    item = json.loads(response["body"])
    return SimpleNamespace(
        path=f"/items/{item['item_id']}", tag=header(response, "ETag"), fields=item
    )


def test_an_item_is_replaced(send: Send, created: SimpleNamespace) -> None:
    response = send("PUT", created.path, NUT, created.tag)
    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {**created.fields, **NUT}
    read = send("GET", created.path)
    assert read["body"] == response["body"]
    assert header(read, "ETag") == header(response, "ETag") != created.tag


def test_other_attributes_stay(send: Send, created: SimpleNamespace, aws: SimpleNamespace) -> None:
    key = {"pk": created.fields["item_id"], "sk": "item"}
    aws.table.update_item(
        Key=key,
        UpdateExpression="SET note = :note, document = :key",
        ExpressionAttributeValues={":note": "kept", ":key": "documents/a.json"},
    )
    tag = header(send("GET", created.path), "ETag")
    assert tag != created.tag
    assert send("PUT", created.path, NUT, tag)["statusCode"] == 200
    row = aws.table.get_item(Key=key)["Item"]
    assert (row["note"], row["document"], row["name"]) == ("kept", "documents/a.json", "nut")


@pytest.mark.parametrize(
    ("match", "status"),
    [
        pytest.param("{tag}", 200, id="same"),
        pytest.param("*", 200, id="any"),
        pytest.param('"other", {tag}', 200, id="one-of-two"),
        pytest.param('"other"', 412, id="other"),
        pytest.param("W/{tag}", 412, id="weak"),
        pytest.param("", 412, id="empty"),
        pytest.param(None, 428, id="missing"),
    ],
)
def test_the_version_has_to_match(
    send: Send, created: SimpleNamespace, match: str | None, status: int
) -> None:
    given = None if match is None else match.format(tag=created.tag)
    response = send("PUT", created.path, NUT, given)
    assert response["statusCode"] == status
    read = json.loads(send("GET", created.path)["body"])
    assert read["name"] == ("nut" if status == 200 else "bolt")


def test_of_two_concurrent_requests_one_is_refused(
    api: ModuleType, send: Send, created: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, statuses = api.items.table.put_item, []

    def other_first(**request: Any) -> Any:
        monkeypatch.setattr(api.items.table, "put_item", put)
        statuses.append(send("PUT", created.path, NUT, created.tag)["statusCode"])
        return put(**request)

    monkeypatch.setattr(api.items.table, "put_item", other_first)
    statuses.append(send("PUT", created.path, {**NUT, "quantity": 5}, created.tag)["statusCode"])
    assert statuses == [200, 412]


def test_a_write_fails_if_the_item_got_a_document_meanwhile(
    api: ModuleType,
    send: Send,
    created: SimpleNamespace,
    aws: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put = api.items.table.put_item

    def document_first(**request: Any) -> Any:
        aws.table.update_item(
            Key={"pk": created.fields["item_id"], "sk": "item"},
            UpdateExpression="SET document = :key",
            ExpressionAttributeValues={":key": "documents/a.json"},
        )
        return put(**request)

    monkeypatch.setattr(api.items.table, "put_item", document_first)
    assert send("PUT", created.path, NUT, created.tag)["statusCode"] == 412


@pytest.mark.parametrize("item_id", ["unknown", "x" * 2049])
def test_an_unknown_item_is_not_found(send: Send, item_id: str) -> None:
    assert send("PUT", f"/items/{item_id}", NUT, "*")["statusCode"] == 404


def test_an_invalid_item_is_rejected(send: Send, created: SimpleNamespace) -> None:
    assert send("PUT", created.path, {"name": ""}, created.tag)["statusCode"] == 400


def test_other_aws_errors_are_raised(
    api: ModuleType, send: Send, created: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutItem")

    monkeypatch.setattr(api.items.table, "put_item", denied)
    with pytest.raises(ClientError, match="AccessDenied"):
        send("PUT", created.path, NUT, created.tag)
