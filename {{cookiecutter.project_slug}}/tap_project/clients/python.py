"""Generate the Python client, with openapi-python-client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from tap_project.assembly import ROOT, OperationError
from tap_project.openapi import Document
from tap_project.openapi.document import FILE

# The packages of requirements/api.txt.
PACKAGES = Path("build") / "api"
FOLDER = Path("build") / "clients" / "python"
SIGNED = "awsSigv4"
# What the generator's own metadata requires of its packages, and sigv4.py besides.
REQUIRED = ["attrs>=22.2", "httpx>=0.23.1,<0.29"]
REQUIRED_TO_SIGN = ["botocore>=1.34"]
PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = {name}
version = {version}
description = {description}
requires-python = ">=3.11"
dependencies = {dependencies}

[tool.setuptools]
packages = {{ find = {{}} }}

[tool.setuptools.package-data]
"*" = ["py.typed"]
"""


def package(root: Path = ROOT) -> str:
    """Return the name of the client's package, such as `tap_service_client`."""
    return f"{_project(root)['name'].replace('-', '_')}_client"


def is_signed(document: Document) -> bool:
    """Return whether requests are signed with SigV4."""
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    return any(each.get("x-amazon-apigateway-authtype") == SIGNED for each in schemes.values())


def generate(document: Document, root: Path = ROOT, packages: Path | None = None) -> Path:
    """Write the client into build/clients/python, and return that folder.

    Args:
        document: the project's openapi.json.
        root: the project.
        packages: the generator's packages; build/api of the project by default.

    Raises:
        OperationError: the generator fails; with its reason.
    """
    folder, name = root / FOLDER, package(root)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _run(root, folder / name, packages or root / PACKAGES)
    (folder / name / "py.typed").touch()
    required = list(REQUIRED)
    if is_signed(document):
        shutil.copy(Path(__file__).with_name("sigv4.py"), folder / name)
        required += REQUIRED_TO_SIGN
    project, info = _project(root), document.content.get("info", {})
    values = {
        "name": f"{project['name']}-client",
        "version": info.get("version", "0.1.0"),
        "description": f"Client of {info.get('title', project['name'])}",
        "dependencies": sorted(required),
    }
    text = PYPROJECT.format(**{key: json.dumps(value) for key, value in values.items()})
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def _run(root: Path, target: Path, packages: Path) -> None:
    # -P: the folder of the hooks has a module types.
    ruff = [sys.executable, "-P", "-m", "ruff"]
    settings = {
        "project_name_override": target.name,
        "package_name_override": target.name,
        "post_hooks": [
            " ".join([*ruff, "check --quiet --isolated --fix-only --select F401,I ."]),
            " ".join([*ruff, "format --quiet --isolated --line-length 100 ."]),
        ],
    }
    with tempfile.TemporaryDirectory(prefix="tap-clients-") as folder:
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(settings), encoding="utf-8")
        command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
        command += ["--path", str(root / FILE), "--output-path", str(target)]
        # The locked generator; a list, and no shell (S603).
        done = subprocess.run(  # noqa: S603
            [*command, "--config", str(config), "--overwrite", "--fail-on-warning"],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(packages), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        reason = " ".join(lines)[-500:] or "no reason"
        raise OperationError(f"openapi-python-client failed ({reason}); try: make openapi")


def _project(root: Path) -> dict[str, Any]:
    tables = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project: dict[str, Any] = tables["project"]
    return project
