"""For any value anywhere in a template, the rules give findings or report that they can't."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proof.mutants.project import rendered
from tap_guardrails.model import App, NotJudged
from tap_guardrails.rules import judge

Place = tuple[str | int, ...]
VALUES: list[Any] = [
    {"Ref": "Unknown"},
    {"Ref": "AWS::NoValue"},
    {"Fn::If": ["Condition", 1, 2]},
    {"Fn::GetAtt": ["A", "B"]},
    {"Fn::Join": ["", ["a", {"Ref": "Unknown"}]]},
    {"Fn::Sub": "${A}"},
    {"Fn::FindInMap": ["a", "b", "c"]},
    {"Fn::ImportValue": "x"},
    {"Fn::Split": [",", "a,b"]},
    {"Fn::Transform": {"Name": "x"}},
    [],
    {},
    "text",
    7,
    True,
    None,
    [[1]],
    [{"Fn::If": ["Condition", 1, 2]}],
]
SAMPLE = 6  # places for each value


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly of a rendered project's production stack."""
    project = rendered(tmp_path_factory.mktemp("project") / "out", {"environments": "prod"})
    out = tmp_path_factory.mktemp("out")
    assert project.report(out=out) == []
    return out


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Yield every position of a value."""
    yield here
    for key in (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    ):
        yield from places(value[key], (*here, key))


def put(template: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """Return a copy of a template with another value at a position."""
    changed = copy.deepcopy(template)
    owner: Any = changed
    for key in place[:-1]:
        owner = owner[key]
    owner[place[-1]] = value
    return changed


def verdict(assembly: Path) -> list[str]:
    """Return the findings, or the reason why there are none."""
    try:
        return [finding.detail for finding in judge(App(assembly))]
    except NotJudged as reason:
        return [str(reason)]


@pytest.mark.parametrize("value", VALUES, ids=json.dumps)
def test_any_value_anywhere_gets_a_result(production: Path, value: Any) -> None:
    (file,) = production.glob("*.template.json")
    original = file.read_text(encoding="utf-8")
    template = json.loads(original)
    known = [p for p in places(template["Resources"]) if len(p) > 2 and p[1] == "Properties"]
    try:
        for place in random.Random(json.dumps(value)).sample(known, SAMPLE):
            changed = put(template, ("Resources", *place), value)
            file.write_text(json.dumps(changed), encoding="utf-8")
            assert not [line for line in verdict(production) if "\n" in line], place
    finally:
        file.write_text(original, encoding="utf-8")
