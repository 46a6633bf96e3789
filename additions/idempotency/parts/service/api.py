import idempotency
import versions

PERMISSIONS = {
    "IDEMPOTENCY_NAME": {"dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
}


@app.post(
    "/items",
    responses={**versions.CREATED, **idempotency.RESPONSES},
    middlewares=[idempotency.once, versions.tagged],
)
def create_item(key: idempotency.Key = None) -> Item:
    """Create an item."""


@app.get("/items/<id>", responses=versions.FOUND, middlewares=[versions.tagged])
def read_item() -> Item:
    """Read an item."""


@app.put("/items/<id>", responses=versions.REPLACED, middlewares=[versions.tagged])
@tracer.capture_method(capture_response=False)
def replace_item(item_id: ItemId, item: NewItem, if_match: versions.IfMatch = None) -> Item:
    """Replace the fields of an item, if it has the version of If-Match."""
    replaced = versions.replace(items, item_id, if_match, **item.model_dump())
    if replaced is None:
        raise NotFoundError(f"there is no item {item_id!r}")
    return replaced


@app.delete("/items/<id>")
def delete_item() -> Response[None]:
    """Delete an item."""
