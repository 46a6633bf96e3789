"""openapi.json of a rendered project: current in every variant, and what the stacks are made of."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from proof.stacks import read_stacks
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake
from tools import openapi

sys.dont_write_bytecode = True
sys.path.insert(0, str(TEMPLATE_ROOT / PROJECT_FOLDER))
NAMES = {"project_name": 'A "B" \\ Ü', "description": 'Ünï \\n "<b>"'}
# What a synth must not import, besides the modules of service/.
HANDLERS = {"aws_lambda_powertools", "boto3", "botocore", "pydantic"}


def generated(project: Path) -> str:
    """Return what `make openapi` writes in a project."""
    from tap_project.openapi.__main__ import generated as generate

    return generate(project)


def committed(project: Path) -> str:
    """Return the document that a project has."""
    return (project / "openapi.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("answers", openapi.variants(), ids="-".join)
def test_the_rendered_document_is_current(answers: tuple[str, ...], bake: Bake) -> None:
    project = bake(**dict(zip(openapi.QUESTIONS, answers, strict=True)))
    assert committed(project) == generated(project)


def test_titles_of_any_text_are_current(bake: Bake) -> None:
    project = bake(project_slug="any-text", **NAMES)
    assert committed(project) == generated(project)
    assert json.loads(committed(project))["info"]["description"] == NAMES["description"]


def test_a_project_without_an_api_has_no_trace_of_it(bake: Bake) -> None:
    project = bake(api="none")
    owned = ("README.md", "docs", "infra", "pyproject.toml", "requirements", "service", "tests")
    files = [file for name in owned for file in [project / name, *(project / name).rglob("*.*")]]
    read = [file for file in files if file.is_file()]
    assert len(read) > 40
    for file in read:
        text = file.read_text(encoding="utf-8")
        assert not any(word in text for word in ("openapi", "problems", "NewItem", "ROUTE=")), file
    assert not (project / "openapi.json").exists()


def imports(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports, at any level."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def closure(project: Path) -> tuple[set[str], set[str]]:
    """Return the project's modules that a synth imports, and the packages that these import."""
    found, packages = set[str](), set[str]()
    # app.py imports infra.app by name, once the settings are known to be valid.
    waiting = ["app", "infra.app", "tap_project.openapi.document"]
    while waiting:
        name = waiting.pop()
        base = project / name.replace(".", "/")
        files = [file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()]
        if name in found or not files:
            packages |= set() if name in found else {name.partition(".")[0]}
            continue
        found.add(name)
        waiting += [each for file in files for each in imports(file)]
    return found, packages


@pytest.mark.parametrize("api", ["rest", "http"])
def test_a_synth_imports_no_handler(bake: Bake, api: str) -> None:
    modules, packages = closure(bake(api=api))
    assert {"infra.api", "tap_project.openapi.draft4", "service.names"} <= modules
    assert {name for name in modules if name.startswith("service.")} == {"service.names"}
    assert "aws_cdk" in packages
    assert not packages & HANDLERS


@pytest.fixture(scope="module")
def template(bake: Bake, warm_synth: WarmProcess) -> Callable[..., dict[str, Any]]:
    """Return a function that returns the template of a project's first stack."""

    def synthesized(**answers: Any) -> dict[str, Any]:
        stack, *_ = read_stacks(warm_synth(bake(**answers)))
        return dict(stack.template)

    return synthesized


def test_the_gateway_validates_the_documents_bodies(
    template: Callable[..., dict[str, Any]], bake: Bake
) -> None:
    resources = template()["Resources"].values()
    (model,) = [each for each in resources if each["Type"] == "AWS::ApiGateway::Model"]
    schema = dict(model["Properties"]["Schema"])
    assert schema.pop("$schema") == "http://json-schema.org/draft-04/schema#"
    documented = json.loads(committed(bake()))["components"]["schemas"]["NewItem"]
    for name, field in schema["properties"].items():
        assert field.items() <= documented["properties"][name].items()
    assert schema["required"] == documented["required"]
    assert schema["additionalProperties"] is False


def test_the_gateways_errors_are_documented_problems(
    template: Callable[..., dict[str, Any]], bake: Bake
) -> None:
    document = json.loads(committed(bake()))
    statuses = {
        status
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if "application/problem+json" in response.get("content", {})
    }
    resources = template()["Resources"].values()
    found = [
        each["Properties"]
        for each in resources
        if each["Type"] == "AWS::ApiGateway::GatewayResponse"
    ]
    assert len(found) > 10
    # Only an API with tokens answers 401.
    for each in (each for each in found if each["ResponseType"] != "UNAUTHORIZED"):
        assert each["StatusCode"] in statuses, each["ResponseType"]
    schema = document["components"]["schemas"]["Problem"]
    for each in found:
        text = each["ResponseTemplates"]["application/json"]
        body = json.loads(text.replace("$context.error.messageString", '"a \\"b\\""'))
        assert set(schema["required"]) <= set(body) <= set(schema["properties"])
        assert str(body["status"]) == each["StatusCode"]
        header = each["ResponseParameters"]["gatewayresponse.header.Content-Type"]
        assert header == "'application/problem+json'"
