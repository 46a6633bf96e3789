{% set link = {'stream': 'source', 'none': 'document'}.get(cookiecutter.worker) %}
{% set folder = 'incoming/' if link == 'source' else 'documents/' %}
"""Items: what they are, what makes one valid, and how the table keeps them."""

{% if cookiecutter.api != 'none' %}
import base64
import json
{% endif %}
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

{% if cookiecutter.api != 'none' %}
from boto3.dynamodb.conditions import Key
{% endif %}
from botocore.exceptions import ClientError

KIND = "item"
{% if cookiecutter.worker != 'none' %}
IMPORT = "import"  # has no `kind`, and so no place on an index
{% endif %}
{% if cookiecutter.api != 'none' %}
INDEX = "by_created"  # of infra/table.py
{% endif %}
MAX_NAME = 200  # bytes
MAX_QUANTITY = 10**12
{% if link %}
MAX_OBJECT_KEY = 1024
{% endif %}
{% if cookiecutter.api != 'none' %}
MAX_KEY = 64
{% endif %}
# JSON can escape one half of a surrogate pair, which has no UTF-8: no store would take it.
_HALF = re.compile(r"[\ud800-\udfff]")


class InvalidItem(ValueError):
    """What was sent is not an item; the message says why, to whoever sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item.

    Args:
        item_id: unique, chosen by the service.
        name: 1 to 200 bytes in UTF-8.
        quantity: 0 to 10**12.
        created_at: UTC, ISO 8601, which sorts as text.
{% if cookiecutter.worker == 'stream' %}
        source: key of the object that the worker imports for this item, if any.
{% endif %}
        document: key of the object that belongs to the item, if any.
    """

    item_id: str
    name: str
    quantity: int
    created_at: str
{% if cookiecutter.worker == 'stream' %}
    source: str | None = None
{% endif %}
    document: str | None = None

    def public(self) -> dict[str, Any]:
        """The item as callers see it."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def validated(payload: object) -> dict[str, Any]:
    """Return the fields of a new item.

    Raises:
        InvalidItem: the payload is not an object with a valid name and quantity, or has more.
    """
    if not isinstance(payload, Mapping):
        raise InvalidItem('an item is a JSON object such as {"name": "bolt", "quantity": 3}')
{% if link %}
    unknown = sorted(str(key) for key in set(payload) - {"name", "quantity", "{{ link }}"})
{% else %}
    unknown = sorted(str(key) for key in set(payload) - {"name", "quantity"})
{% endif %}
    if unknown:
        raise InvalidItem(f"unknown field {unknown[0]!r}")
    name, quantity = payload.get("name"), payload.get("quantity")
    if not isinstance(name, str) or _HALF.search(name) or not 1 <= len(name.encode()) <= MAX_NAME:
        raise InvalidItem(f"name must be a text of 1 to {MAX_NAME} bytes in UTF-8")
    if type(quantity) is not int or not 0 <= quantity <= MAX_QUANTITY:
        raise InvalidItem(f"quantity must be a whole number from 0 to {MAX_QUANTITY}")
{% if link %}
    {{ link }} = payload.get("{{ link }}")
    if {{ link }} is None:
        return {"name": name, "quantity": quantity}
    if (
        not isinstance({{ link }}, str)
        or not {{ link }}.startswith("{{ folder }}")
        or _HALF.search({{ link }})
        or len({{ link }}.encode()) > MAX_OBJECT_KEY
    ):
        raise InvalidItem("{{ link }} must be the key of an object under {{ folder }}")
    return {"name": name, "quantity": quantity, "{{ link }}": {{ link }}}
{% else %}
    return {"name": name, "quantity": quantity}
{% endif %}


class Items:
{% if cookiecutter.api != 'none' %}
    """The items in a DynamoDB table, by id, and by time of creation on its index."""
{% else %}
    """The items in a DynamoDB table, by id."""
{% endif %}

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, item: Item) -> bool:
        """Add an item; False when there is one with this id already, which stays as it is."""
        try:
            self._table.put_item(
{% if cookiecutter.api != 'none' %}
                Item={"pk": item.item_id, "sk": KIND, "kind": KIND, **item.public()},
{% else %}
                Item={"pk": item.item_id, "sk": KIND, **item.public()},
{% endif %}
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True
{% if cookiecutter.worker != 'none' %}

    def has(self, item_id: str) -> bool:
        """Return whether there is an item with this id."""
        found = self._table.get_item(Key={"pk": item_id, "sk": KIND}, ConsistentRead=True)
        return "Item" in found

    def imported(self, source: str) -> int:
        """Return how many items of a source the last checkpoint counts; 0 without one.

        Args:
            source: one version of an object, as `key@version`.
        """
        key = {"pk": f"{IMPORT}#{source}", "sk": IMPORT}
        found = self._table.get_item(Key=key, ConsistentRead=True)
        return int(found["Item"]["imported"]) if "Item" in found else 0

    def checkpoint(self, source: str, imported: int) -> None:
        """Keep the number of items that were imported from a source; it never decreases."""
        try:
            self._table.put_item(
                Item={"pk": f"{IMPORT}#{source}", "sk": IMPORT, "imported": imported},
                ConditionExpression="attribute_not_exists(pk) OR imported < :imported",
                ExpressionAttributeValues={":imported": imported},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
{% endif %}
{% if cookiecutter.api != 'none' %}

    def get(self, item_id: str) -> Item | None:
        """The item with this id, if there is one."""
        if not _is_key(item_id):
            return None
        found = self._table.get_item(Key={"pk": item_id, "sk": KIND}, ConsistentRead=True)
        return _item(found["Item"]) if "Item" in found else None

    def delete(self, item_id: str) -> bool:
        """Delete an item; False when there was none with this id."""
        if not _is_key(item_id):
            return False
        deleted = self._table.delete_item(Key={"pk": item_id, "sk": KIND}, ReturnValues="ALL_OLD")
        return "Attributes" in deleted

    def newest(self, limit: int, cursor: str | None = None) -> tuple[list[Item], str | None]:
        """A page of items, the newest first, and the cursor of the next page if there is one.

        Raises:
            InvalidItem: the cursor is not one that an earlier page gave.
        """
        query: dict[str, Any] = {
            "IndexName": INDEX,
            "KeyConditionExpression": Key("kind").eq(KIND),
            "Limit": limit,
            "ScanIndexForward": False,
        }
        if cursor is not None:
            query["ExclusiveStartKey"] = _decoded(cursor)
        page = self._table.query(**query)
        last = page.get("LastEvaluatedKey")
        return [_item(row) for row in page["Items"]], _encoded(last) if last else None


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        item_id=row["item_id"],
        name=row["name"],
        quantity=int(row["quantity"]),
        created_at=row["created_at"],
{% if cookiecutter.worker == 'stream' %}
        source=row.get("source"),
{% endif %}
        document=row.get("document"),
    )


def _is_key(value: object) -> bool:
    """Whether a part of a key can be one that the service chose; DynamoDB refuses long ones."""
    return isinstance(value, str) and value.isascii() and 1 <= len(value) <= MAX_KEY


def _encoded(key: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(dict(key), sort_keys=True).encode()).decode()


def _decoded(cursor: str) -> dict[str, str]:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor))
    except (RecursionError, ValueError):
        key = None
    fields = {"pk", "sk", "kind", "created_at"}
    if (
        not isinstance(key, dict)
        or set(key) != fields
        or not all(_is_key(value) for value in key.values())
        or key["kind"] != KIND
    ):
        raise InvalidItem("next is not a cursor that an earlier page gave")
    return key
{% endif %}
