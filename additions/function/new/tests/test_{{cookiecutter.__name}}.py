{% if cookiecutter.__path %}
"""{{ cookiecutter.__title }}: the newest items are counted."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.requests import event, header

REQUEST = event("{{ cookiecutter.__method }}", "{{ cookiecutter.__example }}", None, {})


@pytest.fixture
def module(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("{{ cookiecutter.__name }}")


def put(aws: SimpleNamespace, item_id: str, quantity: int) -> None:
    item = {"pk": item_id, "sk": "item", "kind": "item", "item_id": item_id, "name": "bolt"}
    created = "2026-01-01T00:00:00.000+00:00"
    aws.table.put_item(Item={**item, "quantity": quantity, "created_at": created})


def test_the_newest_items_are_counted(
    module: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    put(aws, "a", 3)
    put(aws, "b", 4)
    response = module.handler(REQUEST, context)
    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {"items": 2, "quantity": 7}


Refuse = Callable[[str], None]


@pytest.fixture
def refuse(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Return a function that lets queries fail with an error of DynamoDB."""

    def prepare(code: str) -> None:
        def query(**_: Any) -> Any:
            raise ClientError({"Error": {"Code": code}}, "Query")

        monkeypatch.setattr(module.items.table, "query", query)

    return prepare


def test_throttling_asks_the_caller_to_try_again(
    module: ModuleType, context: SimpleNamespace, refuse: Refuse
) -> None:
    refuse("ThrottlingException")
    response = module.handler(REQUEST, context)
    assert response["statusCode"] == 503
    assert header(response, "Retry-After") == "1"


def test_other_errors_are_raised(
    module: ModuleType, context: SimpleNamespace, refuse: Refuse
) -> None:
    refuse("AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        module.handler(REQUEST, context)
{% else %}
"""{{ cookiecutter.__title }}: an item is read."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest


@pytest.fixture
def module(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("{{ cookiecutter.__name }}")


def test_an_item_is_read(
    module: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    created = "2026-01-01T00:00:00.000+00:00"
    item = {"item_id": "a", "name": "bolt", "quantity": 3, "created_at": created}
    aws.table.put_item(Item={"pk": "a", "sk": "item", **item})
    assert module.handler({"item_id": "a"}, context) == item


@pytest.mark.parametrize("event", [{}, {"item_id": "b"}, {"item_id": None}])
def test_a_missing_item_is_an_error(
    module: ModuleType, context: SimpleNamespace, event: dict[str, object]
) -> None:
    with pytest.raises(LookupError, match="there is no item"):
        module.handler(event, context)
{% endif %}
