"""The files that a variant has, told from its answers and from nothing else.

This is written by hand on purpose: read off the template, it could only agree with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_extensions import answers

Answers = Mapping[str, Any]

ALWAYS = """
    .editorconfig .gitattributes .gitignore .node-version .pre-commit-config.yaml
    LICENSE Makefile README.md app.py cdk.json package-lock.json package.json pyproject.toml
    docs/architecture.md docs/cost.md docs/operations.md docs/updating.md
    infra/__init__.py infra/alarms.py infra/app.py infra/assets.py infra/dashboard.py
    infra/encryption.py
    infra/functions.py infra/rules.py infra/settings.py infra/stack.py infra/storage.py
    infra/table.py
    requirements/dev.in requirements/dev.txt requirements/lambda.in requirements/lambda.txt
    requirements/live.in requirements/live.txt requirements/synth.in requirements/synth.txt
    requirements/uv.in requirements/uv.txt
    service/clients.py service/items.py
    tests/conftest.py tests/test_settings.py tests/test_stack.py
    tests/live/conftest.py tests/live/test_stack.py
""".split()

SOMETIMES: list[tuple[Callable[[Answers], bool], list[str]]] = [
    (
        lambda given: given["api"] != "none",
        [
            "infra/api.py",
            "infra/authorization.py",
            "service/api.py",
            "tests/test_api.py",
            "tests/live/test_api.py",
        ],
    ),
    (
        lambda given: given["worker"] != "none",
        [
            "infra/worker.py",
            "service/imports.py",
            "service/worker.py",
            "tests/test_worker.py",
            "tests/live/test_worker.py",
        ],
    ),
    (lambda given: given["network"] != "none", ["infra/network.py"]),
    (lambda given: given["audit_trail"] is True, ["infra/audit.py"]),
    (
        lambda given: given["ci"] == "github",
        [".github/workflows/check.yml", ".github/workflows/deploy.yml"],
    ),
    (lambda given: given["ci"] == "gitlab", [".gitlab-ci.yml"]),
]

SEALED = ("tap_emulator", "tap_guardrails", "tap_project")
LITTER = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def expected(given: Answers) -> set[str]:
    """Return the path of every file of the project that these answers render."""
    chosen = [file for condition, files in SOMETIMES if condition(given) for file in files]
    return {*ALWAYS, *chosen, *sealed()}


def present(project: Path) -> set[str]:
    """Return the path of every file of a fresh project."""
    return {path.as_posix() for path in _files(project, project)}


def sealed() -> dict[str, Path]:
    """Return the files of the sealed packages by their paths in a project."""
    project = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER
    files = (file for package in SEALED for file in _files(project / package, project))
    return {path.as_posix(): project / path for path in files}


def _files(folder: Path, root: Path) -> list[Path]:
    # What tools leave in a checkout is no file of the template: git ignores it.
    return [
        path.relative_to(root)
        for path in folder.rglob("*")
        if not path.is_dir() and LITTER.isdisjoint(path.parts)
    ]
