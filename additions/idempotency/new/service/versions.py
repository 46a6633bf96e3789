"""Versions of items: `ETag` of a response, and `If-Match` of a request."""

import hashlib
import json
import re
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.params import Header
from botocore.exceptions import ClientError

from items import Item, Items, from_row, is_id, key_of
from problems import Problem

IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of the version to replace, or *")
]
# One of the entity tags of a list (RFC 9110, section 8.8.3); a weak one never matches.
TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')
ETAG: Any = {"ETag": {"description": "The item's version", "schema": {"type": "string"}}}
PROBLEM: Any = {"application/problem+json": {"model": Problem}}
CREATED: Any = {HTTPStatus.CREATED: {"description": "Created", "headers": ETAG}}
FOUND: Any = {HTTPStatus.OK: {"description": "OK", "headers": ETAG}}
REPLACED: Any = {
    **FOUND,
    HTTPStatus.PRECONDITION_FAILED: {
        "description": "The item has another version",
        "content": PROBLEM,
    },
    HTTPStatus.PRECONDITION_REQUIRED: {"description": "If-Match is missing", "content": PROBLEM},
}


def tagged(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Add the `ETag` of the item that an operation returns; a middleware of the operation."""
    response = next_middleware(app)
    if response.status_code < HTTPStatus.BAD_REQUEST:
        response.headers["ETag"] = tag(response.body)
    return response


def tag(item: dict[str, Any]) -> str:
    """Return the entity tag of an item: equal items have equal tags."""
    text = json.dumps(item, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def check(condition: str | None, item: Item) -> None:
    """Check that a request is for the current version of an item.

    Raises:
        ServiceError: it is for another version (412), or names none (428).
    """
    if condition is None:
        raise ServiceError(
            HTTPStatus.PRECONDITION_REQUIRED, "If-Match is missing; it has the ETag of a GET"
        )
    strong = {f'"{opaque}"' for weak, opaque in TAG.findall(condition) if not weak}
    if condition.strip() != "*" and tag(item.public()) not in strong:
        raise changed()


def changed() -> ServiceError:
    """Return the error of a request for a version that is no longer there."""
    return ServiceError(
        HTTPStatus.PRECONDITION_FAILED, "the item has another version; read it again"
    )


def replace(items: Items, item_id: str, condition: str | None, **fields: Any) -> Item | None:
    """Replace fields of an item if it has the version of a condition; None if there is no item.

    The write itself has the condition that the row is the one that was read, so of two concurrent
    requests for one version one succeeds.

    Raises:
        ServiceError: the item has another version (412), or the condition is missing (428).
    """
    if not is_id(item_id):
        return None
    row = items.table.get_item(Key=key_of(item_id), ConsistentRead=True).get("Item")
    if row is None:
        return None
    check(condition, from_row(row))
    names = {f"#{n}": name for n, name in enumerate(sorted({*row, *Item.model_fields}))}
    try:
        items.table.put_item(
            Item={**row, **fields},
            ConditionExpression=" AND ".join(
                f"{key} = :{key[1:]}" if name in row else f"attribute_not_exists({key})"
                for key, name in names.items()
            ),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={
                f":{key[1:]}": row[name] for key, name in names.items() if name in row
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise changed() from None
        raise
    return from_row({**row, **fields})
