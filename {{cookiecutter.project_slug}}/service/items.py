"""Items: fields, validation and storage in the table."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from botocore.exceptions import ClientError

from names import INDEX_PARTITION_KEY, MAX_NAME, PARTITION_KEY, SORT_KEY

KIND = "item"
MAX_QUANTITY = 10**12
MAX_ID = 64
MAX_OBJECT_KEY = 1024
# JSON can escape a lone surrogate, which has no UTF-8 encoding and can't be stored.
_HALF = re.compile(r"[\ud800-\udfff]")


class InvalidItem(ValueError):
    """A payload that is not an item; the message is for its sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item.

    Args:
        item_id: unique, chosen by the service.
        name: 1 to 200 bytes in UTF-8.
        quantity: 0 to 10**12.
        created_at: UTC, ISO 8601, which sorts as text.
        document: key of the object that belongs to the item, if any.
{% if cookiecutter.worker == 'stream' %}
        {{ cookiecutter.__link }}: key of the object that the worker imports for this item, if any.
{% endif %}
    """

    item_id: str
    name: str
    quantity: int
    created_at: str
    document: str | None = None
{% if cookiecutter.worker == 'stream' %}
    {{ cookiecutter.__link }}: str | None = None
{% endif %}

    def public(self) -> dict[str, Any]:
        """Return the item as callers see it."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def validated(payload: object, *, links: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a new item.

    Args:
        payload: the item.
        links: its optional fields that name an object, and the prefix of the object's key.

    Raises:
        InvalidItem: the payload is not an object with a valid name and quantity, or has more.
    """
    if not isinstance(payload, Mapping):
        raise InvalidItem('an item is a JSON object such as {"name": "bolt", "quantity": 3}')
    unknown = sorted(str(key) for key in set(payload) - {"name", "quantity", *links})
    if unknown:
        raise InvalidItem(f"unknown field {unknown[0]!r}")
    name, quantity = payload.get("name"), payload.get("quantity")
    if not isinstance(name, str) or _HALF.search(name) or not 1 <= len(name.encode()) <= MAX_NAME:
        raise InvalidItem(f"name must be a text of 1 to {MAX_NAME} bytes in UTF-8")
    if type(quantity) is not int or not 0 <= quantity <= MAX_QUANTITY:
        raise InvalidItem(f"quantity must be a whole number from 0 to {MAX_QUANTITY}")
    given = {link: payload[link] for link in links if payload.get(link) is not None}
    for link, key in given.items():
        if not is_key(key, links[link]):
            raise InvalidItem(f"{link} must be the key of an object under {links[link]}")
    return {"name": name, "quantity": quantity, **given}


def is_key(value: object, prefix: str) -> bool:
    """Return whether a value can be the key of an object under a prefix."""
    return (
        isinstance(value, str)
        and value.startswith(prefix)
        and not _HALF.search(value)
        and len(value.encode()) <= MAX_OBJECT_KEY
    )


class Items:
    """The items in a DynamoDB table, by id."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def add(self, item: Item) -> bool:
        """Add an item; return False, and change nothing, if its id exists already."""
        try:
            self.table.put_item(
                Item={**key_of(item.item_id), INDEX_PARTITION_KEY: KIND, **item.public()},
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def get(self, item_id: str) -> Item | None:
        """Return the item with this id, or None."""
        if not is_id(item_id):
            return None
        found = self.table.get_item(Key=key_of(item_id), ConsistentRead=True)
        return from_row(found["Item"]) if "Item" in found else None


def key_of(item_id: str) -> dict[str, str]:
    """Return the table's key of an item."""
    return {PARTITION_KEY: item_id, SORT_KEY: KIND}


def from_row(row: Mapping[str, Any]) -> Item:
    """Return the item in a row of the table."""
    known = {field.name: row.get(field.name) for field in fields(Item)}
    return Item(**{**known, "quantity": int(row["quantity"])})


def is_id(value: object) -> bool:
    """Return whether a value can be an id of an item; DynamoDB rejects long keys."""
    return isinstance(value, str) and value.isascii() and 1 <= len(value) <= MAX_ID
