"""{{ cookiecutter.__title }}, executed."""

import json
import time
import uuid
from typing import Any

from tap_emulator.target import Target


def execute(target: Target, payload: dict[str, Any]) -> dict[str, Any]:
    states = target.client("stepfunctions")
    started = states.start_execution(
        stateMachineArn=target.outputs["{{ cookiecutter.__id }}Arn"], input=json.dumps(payload)
    )
    deadline = time.monotonic() + target.patience
    while time.monotonic() < deadline:
        execution: dict[str, Any] = states.describe_execution(
            executionArn=started["executionArn"]
        )
        if execution["status"] != "RUNNING":
            return execution
        time.sleep(1)
    raise AssertionError("the execution did not end")


def test_an_item_is_available_up_to_its_quantity(target: Target) -> None:
    dynamodb, table = target.client("dynamodb"), target.outputs["TableName"]
    key = {"pk": {"S": f"smoke-{uuid.uuid4()}"}, "sk": {"S": "item"}}
    item = {"name": {"S": "bolt"}, "quantity": {"N": "3"}, "created_at": {"S": "2026-01-01"}}
    dynamodb.put_item(TableName=table, Item={**key, "item_id": key["pk"], **item})
    try:
        execution = execute(target, {"item_id": key["pk"]["S"], "quantity": 3})
    finally:
        dynamodb.delete_item(TableName=table, Key=key)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["available"] is True


def test_a_missing_item_ends_the_execution(target: Target) -> None:
    execution = execute(target, {"item_id": f"smoke-{uuid.uuid4()}", "quantity": 1})
    assert execution["status"] == "FAILED"
    assert "there is no item" in execution["cause"]
