"""The document's conversion to draft 4, its comparison, and its agreement with the routes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCHEMAS = {
    "Color": {"enum": ["red", "blue"], "title": "Color", "type": "string"},
    "Loop": {"properties": {"next": {"$ref": "#/components/schemas/Loop"}}},
}
CONVERSIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "reference": (
        {"$ref": "#/components/schemas/Color", "description": "d"},
        {"enum": ["red", "blue"], "type": "string"},
    ),
    "reference-and-limit": (
        {"$ref": "#/components/schemas/Color", "minLength": 2},
        {"allOf": [{"enum": ["red", "blue"], "type": "string"}, {"minLength": 2}]},
    ),
    "field-with-the-name-of-a-keyword": (
        {"properties": {"title": {"type": "string", "title": "Title"}}},
        {"properties": {"title": {"type": "string"}}},
    ),
    "constant": ({"const": None}, {"enum": [None]}),
    "excluded-limit": (
        {"exclusiveMinimum": 0, "maximum": 3},
        {"minimum": 0, "exclusiveMinimum": True, "maximum": 3},
    ),
    "both-limits": ({"minimum": 5, "exclusiveMinimum": 0}, {"minimum": 5}),
    "both-upper-limits": (
        {"maximum": 5, "exclusiveMaximum": 3},
        {"maximum": 3, "exclusiveMaximum": True},
    ),
    "tuple": (
        {"prefixItems": [{"type": "string"}], "items": False},
        {"items": [{"type": "string"}], "additionalItems": False},
    ),
    "map": (
        {"additionalProperties": {"type": "integer", "format": "int32"}},
        {"additionalProperties": {"type": "integer"}},
    ),
    "anything": (True, {}),
    "nothing": ({"items": False}, {"items": {"not": {}}}),
    "no-required-field": ({"required": []}, {}),
    "exact-negation": ({"not": {"type": "null"}}, {"not": {"type": "null"}}),
    "weakened-negation": ({"not": {"contains": {"type": "null"}}}, {}),
    "exact-choice": ({"oneOf": [{"type": "null"}]}, {"oneOf": [{"type": "null"}]}),
    "weakened-choice": (
        {"oneOf": [{"type": "array", "contains": {}}, {"type": "null"}]},
        {"anyOf": [{"type": "array"}, {"type": "null"}]},
    ),
}


@pytest.mark.parametrize("case", CONVERSIONS)
def test_a_schema_is_converted_to_draft_4(case: str) -> None:
    from tap_project.openapi.draft4 import draft4

    schema, expected = CONVERSIONS[case]
    assert draft4(schema, SCHEMAS) == expected


@pytest.mark.parametrize(
    ("name", "reason"), [("Loop", "'Loop' contains itself"), ("Gone", "has no schema")]
)
def test_a_schema_without_a_form_in_draft_4_is_refused(name: str, reason: str) -> None:
    from tap_project.assembly import OperationError
    from tap_project.openapi.draft4 import draft4

    with pytest.raises(OperationError, match=reason):
        draft4({"$ref": f"#/components/schemas/{name}"}, SCHEMAS)


def document(*routes: str) -> str:
    """Return a document with routes of the handler `api`."""
    paths: dict[str, Any] = {}
    for route in routes:
        method, path = route.split(" ")
        paths.setdefault(path, {})[method.lower()] = {"responses": {}, "x-handler": "api"}
    return json.dumps({"openapi": "3.1.0", "paths": paths})


def test_operations_have_their_handlers_routes_and_required_parameters(tmp_path: Path) -> None:
    from tap_project.openapi import Document

    content = json.loads(document("GET /items", "POST /items"))
    content["paths"]["/items"]["parameters"] = [{"in": "header", "name": "x-a", "required": True}]
    content["paths"]["/items"]["get"]["parameters"] = [
        {"in": "query", "name": "page", "required": True},
        {"in": "query", "name": "limit"},
    ]
    (tmp_path / "openapi.json").write_text(json.dumps(content), encoding="utf-8")
    found = Document.read(tmp_path)
    assert found.routes("api") == ["GET /items", "POST /items"]
    expected = [("header", "x-a"), ("query", "page")]
    assert found.operation("GET /items").required_parameters == expected


@pytest.mark.parametrize("text", [None, "{", "[]", '{"openapi": "3.1.0"}'])
def test_an_unusable_document_is_reported_in_one_line(tmp_path: Path, text: str | None) -> None:
    from tap_project.assembly import OperationError
    from tap_project.openapi import Document

    if text is not None:
        (tmp_path / "openapi.json").write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match=r"^openapi\.json .*; try: make openapi$"):
        Document.read(tmp_path)


TEMPLATE = {
    "Resources": {
        "Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"RouteKey": "GET /items"}},
        "Items": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {"PathPart": "{id}", "ParentId": {"Ref": "Parent"}},
        },
        "Parent": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {"PathPart": "items", "ParentId": {"Fn::GetAtt": ["Api", "Root"]}},
        },
        "Method": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {"HttpMethod": "DELETE", "ResourceId": {"Ref": "Items"}},
        },
        "Preflight": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {"HttpMethod": "OPTIONS", "ResourceId": {"Ref": "Items"}},
        },
    }
}


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        (("GET /items", "DELETE /items/{id}"), ""),
        (("GET /items", "DELETE /items/{id}", "PUT /items/{id}"), "no route 'PUT /items/{id}'"),
        (("GET /items",), "no operation 'DELETE /items/{id}'; try: make openapi"),
    ],
)
def test_routes_and_operations_are_compared(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    routes: tuple[str, ...],
    expected: str,
) -> None:
    from tap_project.assembly import Stack
    from tap_project.openapi import Document
    from tap_project.openapi import routes as compared

    template = tmp_path / "template.json"
    template.write_text(json.dumps(TEMPLATE), encoding="utf-8")
    stack = Stack(
        name="a-dev",
        environment="dev",
        account=None,
        region="us-east-1",
        production=False,
        template=template,
    )
    (tmp_path / "openapi.json").write_text(document(*routes), encoding="utf-8")
    monkeypatch.setattr(compared, "ROOT", tmp_path)
    monkeypatch.setattr(compared, "stacks", lambda: {"dev": stack})
    read = Document.read
    monkeypatch.setattr(Document, "read", lambda: read(tmp_path))
    assert compared.main() == (1 if expected else 0)
    assert expected in capsys.readouterr().err


# As redocly 2.77 reports them.
CHANGES: list[dict[str, Any]] = [
    {
        "path": "#/paths/~1items~1{id}/get/responses/200",
        "kind": "added",
        "impact": "minor",
        "verdicts": [],
    },
    {
        "path": "#/paths/~1items/post/requestBody/content/application~1json/schema",
        "kind": "modified",
        "impact": "major",
        "verdicts": [{"impact": "major", "message": "Properties of `A` became required: `b`."}],
    },
    {"path": "#/paths/~1new", "kind": "added", "impact": "minor", "verdicts": []},
    {"path": "#/info/version", "kind": "modified", "impact": "patch", "verdicts": []},
]


@pytest.fixture
def redocly(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[dict[str, Any]]], None]:
    """Return a function that sets the changes that the comparison reports."""
    from tap_project.openapi import redocly as tool

    def report(changes: list[dict[str, Any]]) -> None:
        def run(arguments: list[str], folder: Path) -> None:
            assert arguments[0] == "diff"
            file = Path(arguments[arguments.index("--output") + 1])
            assert file.parent == folder
            file.write_text(json.dumps({"changes": changes}), encoding="utf-8")

        monkeypatch.setattr(tool, "_run", run)

    return report


def test_breaking_changes_fail_with_a_key_and_others_are_listed(
    tmp_path: Path, redocly: Callable[[list[dict[str, Any]]], None]
) -> None:
    from tap_project.changes.api import api_findings

    for name, text in (("before", document("GET /a")), ("after", document("GET /b"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "openapi.json").write_text(text, encoding="utf-8")
    redocly(CHANGES)
    breaking, compatible = api_findings(tmp_path / "before", tmp_path / "after")
    assert breaking.fails
    assert breaking.key == "POST /items"
    assert breaking.text == "POST /items: Properties of A became required: b; clients can fail"
    assert not compatible.fails
    assert compatible.text == ("compatible: GET /items/{id}: responses/200 was added; /new is new")


def test_documents_that_appear_disappear_or_stay_need_no_tool(tmp_path: Path) -> None:
    from tap_project.changes.api import api_findings

    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    (tmp_path / "with" / "openapi.json").write_text(document("GET /a"), encoding="utf-8")
    (new,) = api_findings(tmp_path / "without", tmp_path / "with")
    (gone,) = api_findings(tmp_path / "with", tmp_path / "without")
    assert (new.fails, gone.fails, gone.key) == (False, True, "openapi.json")
    assert list(api_findings(tmp_path / "with", tmp_path / "with")) == []
    assert list(api_findings(tmp_path / "without", tmp_path / "without")) == []


def test_a_failed_comparison_fails_the_review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tap_project.assembly import OperationError
    from tap_project.changes.api import api_findings
    from tap_project.openapi import redocly as tool

    def fail(*_: object) -> None:
        raise OperationError("no npm")

    monkeypatch.setattr(tool, "_run", fail)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "openapi.json").write_text(document(f"GET /{name}"), encoding="utf-8")
    (found,) = api_findings(tmp_path / "a", tmp_path / "b")
    assert found.fails
    assert "no npm" in found.text
