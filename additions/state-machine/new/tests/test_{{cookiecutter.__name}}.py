"""{{ cookiecutter.__title }}: the availability of an item is checked."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest


@pytest.fixture
def module(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("{{ cookiecutter.__name }}")


@pytest.mark.parametrize(("quantity", "available"), [(3, True), (4, False)])
def test_an_item_is_available_up_to_its_quantity(
    module: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    quantity: int,
    available: bool,
) -> None:
    created = "2026-01-01T00:00:00.000+00:00"
    item = {"item_id": "a", "name": "bolt", "quantity": 3, "created_at": created}
    aws.table.put_item(Item={"pk": "a", "sk": "item", **item})
    answer = module.handler({"item_id": "a", "quantity": quantity}, context)
    assert answer == {"item_id": "a", "available": available}


def test_a_missing_item_ends_the_execution(module: ModuleType, context: SimpleNamespace) -> None:
    with pytest.raises(LookupError, match="there is no item 'b'"):
        module.handler({"item_id": "b", "quantity": 1}, context)


@pytest.mark.parametrize("quantity", [None, 0, "3", True])
def test_an_invalid_quantity_ends_the_execution(
    module: ModuleType, context: SimpleNamespace, quantity: object
) -> None:
    with pytest.raises(ValueError, match="not a whole number"):
        module.handler({"item_id": "a", "quantity": quantity}, context)
