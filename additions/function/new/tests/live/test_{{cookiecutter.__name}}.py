{% if cookiecutter.__path %}
"""{{ cookiecutter.__title }}, called over HTTP."""

import json

from tap_emulator.callers import Caller
from tap_emulator.target import Target


def test_the_newest_items_are_counted(target: Target, caller: Caller) -> None:
    url = target.url("{{ cookiecutter.__example[1:] }}")
    headers = caller.headers("{{ cookiecutter.__method }}", url, None, {})
    response = target.http().request("{{ cookiecutter.__method }}", url, headers=headers)
    assert response.status == 200
{% if cookiecutter.__method != 'HEAD' %}
    assert set(json.loads(response.data)) == {"items", "quantity"}
{% endif %}


def test_anonymous_requests_are_rejected(target: Target) -> None:
    url = target.url("{{ cookiecutter.__example[1:] }}")
    assert target.http().request("{{ cookiecutter.__method }}", url).status in {401, 403}
{% else %}
"""{{ cookiecutter.__title }}, invoked."""

import json
import uuid

from tap_emulator.target import Target


def test_an_item_is_read(target: Target) -> None:
    dynamodb, table = target.client("dynamodb"), target.outputs["TableName"]
    key = {"pk": {"S": f"smoke-{uuid.uuid4()}"}, "sk": {"S": "item"}}
    item = {"name": {"S": "bolt"}, "quantity": {"N": "3"}, "created_at": {"S": "2026-01-01"}}
    dynamodb.put_item(TableName=table, Item={**key, "item_id": key["pk"], **item})
    try:
        answer = target.client("lambda").invoke(
            FunctionName=target.outputs["{{ cookiecutter.__id }}Arn"],
            Payload=json.dumps({"item_id": key["pk"]["S"]}).encode(),
        )
    finally:
        dynamodb.delete_item(TableName=table, Key=key)
    assert json.loads(answer["Payload"].read())["name"] == "bolt"
{% endif %}
