"""For an intrinsic function anywhere in a template, the rules give findings or a clear note."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proof.mutants.project import rendered
from tap_guardrails.model import App
from tap_guardrails.verdict import verdict

Place = tuple[str | int, ...]
FUNCTIONS: list[Any] = [
    {"Ref": "Unknown"},
    {"Ref": "AWS::NoValue"},
    {"Ref": "AWS::Region"},
    {"Fn::If": ["Condition", 1, 2]},
    {"Fn::If": ["Condition", {"Ref": "AWS::NoValue"}, {"a": [1]}]},
    {"Fn::GetAtt": ["A", "B"]},
    {"Fn::GetAtt": "A.B"},
    {"Fn::Join": ["", ["a", {"Ref": "Unknown"}]]},
    {"Fn::Sub": "${A}"},
    {"Fn::Sub": ["${A}", {"A": {"Fn::If": ["Condition", 1, 2]}}]},
    {"Fn::FindInMap": ["a", "b", "c"]},
    {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-x"}},
    {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Unknown"}]}]},
    {"Fn::Split": [",", "a,b"]},
    {"Fn::GetAZs": ""},
    {"Fn::Cidr": ["10.0.0.0/16", 2, 8]},
    {"Fn::Base64": "text"},
    {"Fn::ToJsonString": {"a": 1}},
    {"Fn::Length": [1, 2]},
    {"Fn::Transform": {"Name": "x"}},
]
# What a property can be instead: a template with these values is not valid, but still judged.
OTHERS: list[Any] = [[], {}, "text", 7, True, None, [[1]], [{"Fn::If": ["Condition", 1, 2]}]]
UNCLEAR = "unexpected type"


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the assembly of a rendered project's production stack."""
    project = rendered(tmp_path_factory.mktemp("project") / "out", {"environments": "prod"})
    out = tmp_path_factory.mktemp("out")
    assert project.report(out=out) == []
    return out


@pytest.fixture(scope="module")
def template(production: Path) -> dict[str, Any]:
    """Return the template of the production stack."""
    (file,) = production.glob("*.template.json")
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


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


def notes(assembly: Path, changed: dict[str, Any]) -> list[str]:
    """Judge a changed template; return the reasons why something is not judged."""
    (file,) = assembly.glob("*.template.json")
    original = file.read_text(encoding="utf-8")
    file.write_text(json.dumps(changed), encoding="utf-8")
    try:
        found = verdict(App(assembly))
    finally:
        file.write_text(original, encoding="utf-8")
    assert found.coverage.resources > 50
    assert not [each for each in found.findings if "\n" in each.detail]
    return [note.reason for note in found.not_judged]


def properties(template: dict[str, Any]) -> list[Place]:
    """Return every position in the properties of the resources."""
    found = [p for p in places(template["Resources"]) if len(p) > 2 and p[1] == "Properties"]
    assert len(found) > 1000
    return [("Resources", *place) for place in found]


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_function_anywhere_gives_findings_or_a_clear_note(
    data: st.DataObject, production: Path, template: dict[str, Any]
) -> None:
    place = data.draw(st.sampled_from(properties(template)), label="place")
    value = data.draw(st.sampled_from(FUNCTIONS), label="value")
    reasons = notes(production, put(template, place, value))
    assert not [reason for reason in reasons if UNCLEAR in reason]


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_invalid_value_anywhere_is_no_error(
    data: st.DataObject, production: Path, template: dict[str, Any]
) -> None:
    place = data.draw(st.sampled_from(properties(template)), label="place")
    value = data.draw(st.sampled_from(OTHERS), label="value")
    assert not [text for text in notes(production, put(template, place, value)) if "\n" in text]
