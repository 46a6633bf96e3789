"""The files of a variant, derived from its answers alone.

This list is written by hand on purpose: derived from the template, it could never differ from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from local_extensions import answers

Answers = Mapping[str, Any]

ALWAYS = """
    .editorconfig .gitattributes .gitignore .node-version .pre-commit-config.yaml
    AGENTS.md LICENSE Makefile README.md app.py
    cdk.json package-lock.json package.json pyproject.toml
    docs/architecture.md docs/cost.md docs/growing.md docs/operations.md docs/updating.md
    infra/__init__.py infra/alarms.py infra/app.py infra/base.py
    infra/billing.py infra/bucket.py infra/common.py infra/dashboard.py infra/encryption.py
    infra/environment/__init__.py infra/environment/function.py infra/environment/group.py
    infra/environment/table.py infra/functions.py infra/log_bucket.py
    infra/log_group.py infra/rules.py infra/settings.py infra/stack.py
    infra/table.py infra/topic.py
    requirements/dev.in requirements/dev.txt requirements/lambda.in requirements/lambda.txt
    requirements/live.in requirements/live.txt requirements/synth.in requirements/synth.txt
    requirements/uv.in requirements/uv.txt
    service/clients.py service/items.py service/names.py
    .cruft.json
    tests/conftest.py tests/test_permissions.py tests/test_settings.py tests/test_stack.py
""".split()

SOMETIMES: list[tuple[Callable[[Answers], bool], list[str]]] = [
    (
        lambda given: given["api"] != "none",
        [
            "docs/api.md",
            "openapi.json",
            "requirements/api.in",
            "requirements/api.txt",
            "infra/api.py",
            "infra/api_alarms.py",
            "infra/authorization.py",
            "infra/environment/api.py",
            "service/api.py",
            "service/listing.py",
            "service/problems.py",
            "tests/requests.py",
            "tests/test_api.py",
            "tests/test_api_settings.py",
            "tests/live/test_api.py",
        ],
    ),
    (
        lambda given: given["worker"] != "none",
        [
            "infra/dead_letters.py",
            "infra/worker_function.py",
            "service/imports.py",
            "service/worker.py",
            "tests/objects.py",
            "tests/test_imports.py",
            "tests/test_worker.py",
            "tests/live/conftest.py",
            "tests/live/objects.py",
            "tests/live/test_worker.py",
        ],
    ),
    (lambda given: given["worker"] in {"s3", "sqs", "stream"}, ["service/batches.py"]),
    (
        lambda given: given["worker"] in {"s3", "sqs"},
        [
            "infra/environment/queue_worker.py",
            "infra/queue.py",
            "tests/queue_event.py",
            "tests/test_queue_worker_settings.py",
        ],
    ),
    (lambda given: given["worker"] == "s3", ["infra/s3_worker.py"]),
    (lambda given: given["worker"] == "sqs", ["infra/sqs_worker.py"]),
    (
        lambda given: given["worker"] == "stream",
        [
            "infra/environment/stream_worker.py",
            "infra/stream_worker.py",
            "tests/test_stream_worker_settings.py",
        ],
    ),
    (
        lambda given: given["worker"] == "schedule",
        [
            "infra/environment/schedule_worker.py",
            "infra/schedule_worker.py",
            "tests/test_schedule_worker_settings.py",
        ],
    ),
    (
        lambda given: given["api"] != "none" and given["api_auth"] == "cognito",
        ["infra/users.py"],
    ),
    (lambda given: given["api"] == "http", ["tests/test_http_api.py"]),
    (
        lambda given: given["network"] != "none",
        [
            "infra/environment/network.py",
            "infra/network.py",
            "tests/test_network.py",
        ],
    ),
    (lambda given: given["network"] in {"endpoints", "nat"}, ["infra/subnets.py"]),
    (lambda given: given["audit_trail"] is True, ["infra/audit.py", "tests/test_audit.py"]),
    (
        lambda given: given["ci"] == "github",
        [f".github/workflows/{name}.yml" for name in ("check", "deploy", "update")],
    ),
    (lambda given: given["ci"] == "gitlab", [".gitlab-ci.yml"]),
]

SEALED = ("tap_emulator", "tap_guardrails", "tap_project")
TOOL_FILES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def expected(given: Answers) -> set[str]:
    """Return the path of every file of a project with these answers."""
    chosen = [file for condition, files in SOMETIMES if condition(given) for file in files]
    return {*ALWAYS, *chosen, *sealed()}


def present(project: Path) -> set[str]:
    """Return the path of every file of a fresh project."""
    return {path.as_posix() for path in _files(project, project)}


@cache
def sealed() -> dict[str, bytes]:
    """Return the contents of the sealed packages' files by their paths in a project."""
    project = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER
    files = (file for package in SEALED for file in _files(project / package, project))
    return {path.as_posix(): (project / path).read_bytes() for path in files}


def _files(folder: Path, root: Path) -> list[Path]:
    # Files that tools leave in a checkout are ignored by git, and not part of the template.
    return [
        path.relative_to(root)
        for path in folder.rglob("*")
        if not path.is_dir() and TOOL_FILES.isdisjoint(path.parts)
    ]
