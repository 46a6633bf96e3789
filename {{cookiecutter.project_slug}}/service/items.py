"""Items: fields, validation and storage in the table."""

from collections.abc import Mapping
from typing import Annotated, Any

from botocore.exceptions import ClientError
from pydantic import MISSING, AfterValidator, BaseModel, ConfigDict, Field

from names import INDEX_PARTITION_KEY, MAX_NAME, PARTITION_KEY, SORT_KEY

KIND = "item"
MAX_QUANTITY = 10**12
MAX_ID = 64
{% if cookiecutter.__link_field %}
MAX_OBJECT_KEY = 1024
# Between slashes. HTTP clients resolve dots, and XML, in which S3 answers, has no control characters.
NAME_IN_KEY = r"[^/.\x00-\x1f\x7f][^/\x00-\x1f\x7f]*"
{% endif %}


def max_bytes(limit: int) -> AfterValidator:
    """Return a validator of texts of at most `limit` bytes in UTF-8; JSON Schema counts characters."""

    def check(text: str) -> str:
        if len(text.encode()) > limit:
            raise ValueError(f"must have at most {limit} bytes in UTF-8")
        return text

    return AfterValidator(check)


class ItemFields(BaseModel):
    """The fields of every new item."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[
        str,
        Field(min_length=1, max_length=MAX_NAME, description=f"At most {MAX_NAME} bytes in UTF-8"),
        max_bytes(MAX_NAME),
    ]
    quantity: Annotated[int, Field(ge=0, le=MAX_QUANTITY)]


class Item(BaseModel):
    """An item; fields without a value are absent."""

    model_config = ConfigDict(frozen=True)

    item_id: Annotated[str, Field(description="Unique, chosen by the service")]
    name: str
    quantity: int
    created_at: Annotated[str, Field(description="UTC, ISO 8601, which sorts as text")]
    document: Annotated[str | MISSING, Field(description="Key of the item's document")] = MISSING
{% if cookiecutter.worker == 'stream' %}
    {{ cookiecutter.__link }}: Annotated[
        str | MISSING, Field(description="Key of the object that the worker imports")
    ] = MISSING
{% endif %}

    def public(self) -> dict[str, Any]:
        """Return the item as callers see it."""
        return self.model_dump()


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
    known = {name: row[name] for name in Item.model_fields if row.get(name) is not None}
    return Item(**{**known, "quantity": int(row["quantity"])})


def is_id(value: object) -> bool:
    """Return whether a value can be an id of an item; DynamoDB rejects long keys."""
    return isinstance(value, str) and value.isascii() and 1 <= len(value) <= MAX_ID
