"""`make add` changes openapi.json as `make openapi` would write it."""

from __future__ import annotations

import json
import sys

import pytest

from lifecycle import add, contract
from lifecycle.edits import CONTRACT
from lifecycle.graft import Misplaced
from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from tests.lifecycle.conftest import Make, commit

sys.dont_write_bytecode = True
sys.path.insert(0, str(TEMPLATE_ROOT / PROJECT_FOLDER))
ADDITIONS = {
    "routes": (
        {},
        ["--what=function --name=reports --route=GET_/reports/{id}/days/{day}"],
        ["--what=function --name=orders --route=POST_/orders"],
    ),
    "http-cognito": (
        {"api": "http", "api_auth": "cognito"},
        ["--what=function --name=reports --route=DELETE_/reports/{id}"],
        ["--what=worker --kind=stream --name=invoices"],
    ),
    "stream": (
        {"worker": "stream", "api_auth": "cognito"},
        ["--what=worker --kind=stream --name=invoices"],
        ["--what=function --name=reports --route=GET_/items/{id}/report"],
    ),
}


@pytest.mark.parametrize("case", ADDITIONS)
def test_additions_leave_the_document_current(make: Make, case: str) -> None:
    answers, *commands = ADDITIONS[case]
    project = make(**answers)
    from tap_project.openapi.__main__ import generated

    before = json.loads(project.read(CONTRACT))
    for command in commands:
        given = [each.replace("_/", " /") for each in command[0].split()]
        assert add.main(["--project", str(project.root), *given]) == 0
        commit(project.root)
    assert project.read(CONTRACT) == generated(project.root)
    assert json.loads(project.read(CONTRACT)) != before


def test_the_owners_part_of_the_document_stays() -> None:
    whole = '{"a": {"b": 1}, "tags": [{"name": "items"}]}'
    part = '{"a": {"b": 2, "c": 3}, "tags": [{"name": "bolts"}, {"name": "items"}]}'
    assert json.loads(contract.merge(whole, part)) == {
        "a": {"b": 1, "c": 3},
        "tags": [{"name": "bolts"}, {"name": "items"}],
    }
    assert contract.merge(whole, '{"a": {"b": 2}}') == whole


@pytest.mark.parametrize("whole", ["<<<<<<<", '{"paths": []}'])
def test_a_document_without_a_place_is_refused(whole: str) -> None:
    with pytest.raises(Misplaced, match="try: make openapi"):
        contract.merge(whole, '{"paths": {"/a": {}}}')
