"""`make clients` with invented generators, and where `make live` fuzzes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tap_emulator import fixtures
from tap_project.assembly import OperationError
from tap_project.clients import python, typescript
from tap_project.openapi import Document, handlers

SIGNED = {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}
TOKEN = {"type": "http", "scheme": "bearer"}
# It writes a package to the folder after --output-path.
GENERATOR = """
import pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--output-path") + 1])
folder.mkdir()
(folder / "__init__.py").touch()
"""


def document(scheme: dict[str, Any]) -> Document:
    info = {"title": 'Orders "2"', "version": "1.2.0"}
    return Document(
        {"info": info, "paths": {}, "components": {"securitySchemes": {"Name": scheme}}}
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "order-desk"\n', encoding="utf-8")
    return tmp_path


def installed(folder: Path, source: str) -> Path:
    """Return packages with a generator that runs `source`."""
    packages = folder / "packages"
    (packages / "openapi_python_client").mkdir(parents=True)
    main = packages / "openapi_python_client" / "__main__.py"
    main.write_text(source, encoding="utf-8")
    return packages


def dependencies(folder: Path) -> list[str]:
    text = (folder / "pyproject.toml").read_text(encoding="utf-8")
    project: dict[str, Any] = tomllib.loads(text)["project"]
    assert project["name"] == "order-desk-client"
    assert project["description"] == 'Client of Orders "2"'
    return list(project["dependencies"])


def test_clients_of_apis_with_iam_sign_their_requests(project: Path) -> None:
    made = python.generate(document(SIGNED), project, installed(project, GENERATOR))
    assert (made / "order_desk_client" / "sigv4.py").is_file()
    assert (made / "order_desk_client" / "py.typed").is_file()
    assert any(each.startswith("botocore") for each in dependencies(made))


def test_clients_of_apis_with_tokens_need_no_aws_packages(project: Path) -> None:
    made = python.generate(document(TOKEN), project, installed(project, GENERATOR))
    assert not (made / "order_desk_client" / "sigv4.py").exists()
    assert not any(each.startswith("botocore") for each in dependencies(made))


def test_a_failed_generator_is_one_line(project: Path) -> None:
    packages = installed(project, "import sys\nsys.exit('no\\nreason')")
    with pytest.raises(OperationError, match=r"^openapi-python-client failed \(no reason\); try: "):
        python.generate(document(TOKEN), project, packages)


def test_a_failed_compiler_is_one_line(project: Path) -> None:
    node = project / ".venv" / "bin" / "node"
    node.parent.mkdir(parents=True)
    node.write_text('#!/bin/sh\ncase "$1" in *tsc) echo "error TS1"; exit 2;; esac\n')
    node.chmod(0o755)
    with pytest.raises(OperationError, match=r"^tsc failed \(error TS1\); try: make openapi$"):
        typescript.generate(document(TOKEN), project)


@pytest.mark.parametrize(
    ("account", "has_api", "ignored"),
    [(None, True, False), ("dev", True, True), (None, False, True)],
)
def test_only_the_emulator_is_fuzzed_and_only_apis(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    account: str | None,
    has_api: bool,
    ignored: bool,
) -> None:
    monkeypatch.setattr(fixtures, "ROOT", tmp_path)
    if has_api:
        (tmp_path / "openapi.json").touch()
    config: Any = SimpleNamespace(getoption=lambda _: account)
    assert fixtures.pytest_ignore_collect(fixtures.OF_APIS, config) is ignored
    others = fixtures.OF_APIS.with_name("test_stack.py")
    assert fixtures.pytest_ignore_collect(others, config) is None


def test_a_route_that_documents_errors_only_is_rejected() -> None:
    module: Any = SimpleNamespace(__name__="api", remove=None)
    given = {"operationId": "remove", "responses": {"409": {"description": "Conflict"}}}
    with pytest.raises(OperationError, match=r"^DELETE /items documents errors only"):
        handlers._operation(module, "delete", "/items", given)
