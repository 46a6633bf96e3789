"""Indexes of DynamoDB tables that change: queries fail meanwhile, or the deployment does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_project.changes.pairs import Body, Item, Pair
from tap_project.changes.report import Finding, Section

TABLES = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"})
GLOBAL, LOCAL = "GlobalSecondaryIndexes", "LocalSecondaryIndexes"
# What an index can't change after its creation.
FIXED = ("KeySchema", "Projection")


def index_findings(pair: Pair, old: Item, new: Item, *, replaced: bool) -> Iterator[Finding]:
    """Yield the changed indexes of a table.

    DynamoDB creates or deletes one global index in an update, and creates local ones with their
    table only.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html

    Args:
        pair: the templates.
        old: the table before the change.
        new: the table after the change.
        replaced: whether the table is replaced, which creates all indexes anew.
    """
    if old.type not in TABLES or replaced:
        return
    key = f"{pair.environment}/{old.path}"
    before, after = _indexes(old.properties, GLOBAL), _indexes(new.properties, GLOBAL)
    gone = sorted(before.keys() - after.keys())
    added = sorted(after.keys() - before.keys())
    changed = sorted(
        name
        for name in before.keys() & after.keys()
        if any(before[name].get(part) != after[name].get(part) for part in FIXED)
    )
    for name in gone:
        text = f"the index {name} of {old.path} is deleted: queries that name it fail"
        yield Finding(Section.DATA, pair.environment, text)
    if len(gone) + len(added) > 1:
        steps = ", ".join(
            [*(f"delete {name}" for name in gone), *(f"add {name}" for name in added)]
        )
        text = (
            f"{old.path}: DynamoDB creates or deletes one index in an update; deploy each: {steps}"
        )
        yield Finding(Section.REFUSED, pair.environment, text, fails=True, key=key)
    if changed:
        text = (
            f"{old.path}: DynamoDB changes neither keys nor projection of an index:"
            f" {', '.join(changed)}; add one with another name"
        )
        yield Finding(Section.REFUSED, pair.environment, text, fails=True, key=key)
    # For global tables, the specification has it.
    local = [_indexes(each.properties, LOCAL) for each in (old, new)]
    if old.type == "AWS::DynamoDB::Table" and local[0] != local[1]:
        text = f"{old.path}: local indexes are created with their table only"
        yield Finding(Section.REFUSED, pair.environment, text, fails=True, key=key)


def _indexes(properties: Body, kind: str) -> dict[str, Any]:
    found = properties.get(kind) or []
    return {str(each.get("IndexName")): each for each in found if isinstance(each, dict)}
