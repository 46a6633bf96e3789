"""Imports follow the directions in CONTRIBUTING.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from tests.conftest import Bake

# Settings of the sealed packages, which load no CDK.
RELEASE = "tap_project.release"
# Each part of a project, with the other parts and CDK packages that it may import.
PROJECT = {
    "service": set(),
    "infra/environment": {"infra/environment", "service.names", "tap_guardrails", RELEASE},
    "infra/settings.py": {"infra/environment", RELEASE},
    "infra": {
        "cdk",
        "infra",
        "infra/environment",
        "service.names",
        "tap_guardrails",
        "tap_project",
        RELEASE,
    },
    "tap_guardrails": {"cdk"},
    "tap_project": {"cdk", "tap_guardrails", RELEASE},
    "tap_emulator": {"tap_guardrails", "tap_project"},
    "tests": {
        *("cdk", "infra", "infra/environment", "service.names"),
        *("tap_emulator", "tap_guardrails", "tap_project"),
    },
}
# What needs the CDK. The examples are read as text: `tap-guardrails` runs without it.
PLUGIN, EXAMPLES = "tap_guardrails/plugin.py", "tap_guardrails/examples/"
REPOSITORY = {
    "local_extensions": {"local_extensions"},
    "hooks": {"local_extensions"},
    "lifecycle": {"lifecycle", "local_extensions"},
    "tap_fleet": {"tap_fleet", "tap_guardrails"},
    "tools": {"lifecycle", "local_extensions", "proof", "tap_guardrails", "tap_project", "tools"},
    "proof": {"lifecycle", "local_extensions", "proof", "tap_guardrails", "tap_project", "tools"},
    "proof/judges": {"local_extensions", "proof", "tap_guardrails"},
    "tests": {"lifecycle", "local_extensions", "proof", "tap_fleet", "tests", "tools"}
    | {"tap_emulator", "tap_guardrails", "tap_project"},
}
CDK = {"aws_cdk", "cdk_nag", "constructs", "jsii"}
ANSWERS = {
    "default": {},
    "others": {"api": "http", "worker": "schedule", "network": "nat", "encryption": "aws_managed"},
    "stream": {"worker": "stream", "billing_mode": "provisioned", "api_auth": "cognito"},
}


def imported(file: Path) -> Iterator[str]:
    """Yield the modules that a module imports, at any level."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module: str) -> str:
    """Return the part of a project that a module belongs to; empty for other packages."""
    top = module.partition(".")[0]
    if top in CDK:
        return "cdk"
    if module == "infra.settings" or module.startswith("infra.environment"):
        return "infra/environment"
    if module == RELEASE or module.startswith(f"{RELEASE}."):
        return RELEASE
    if module.startswith("service.names") or module == "service":
        return "service.names"
    return top if top in PROJECT else ""


def wrong(project: Path) -> Iterator[str]:
    """Yield each import in a wrong direction."""
    seen = 0
    for file in sorted(project.rglob("*.py")):
        path = file.relative_to(project).as_posix()
        owner = next((name for name in PROJECT if path == name or path.startswith(f"{name}/")), "")
        if not owner or "/extension/" in path:
            continue
        seen += 1
        for module in imported(file):
            found = part(module)
            allowed = {"", owner.partition("/")[0], *PROJECT[owner]}
            if owner == "tap_guardrails" and not path.startswith((PLUGIN, EXAMPLES)):
                allowed -= {"cdk"}
            if path == f"{RELEASE.replace('.', '/')}.py":
                allowed = {"", "tap_guardrails"}
            if found not in allowed:
                yield f"{path} imports {module}"
    assert seen > 60


@pytest.mark.parametrize("answers", ANSWERS)
def test_parts_of_a_project_import_in_one_direction(answers: str, bake: Bake) -> None:
    assert list(wrong(bake(**ANSWERS[answers]))) == []


def test_shared_names_import_nothing(bake: Bake) -> None:
    assert list(imported(bake() / "service" / "names.py")) == []


def test_a_wrong_direction_is_detected(bake: Bake) -> None:
    project = bake()
    for file, line in {
        "service/items.py": "import infra.table",
        "infra/environment/function.py": "import aws_cdk",
        "tap_guardrails/model.py": "from tap_project import deploy",
        "tap_project/cost.py": "from infra import settings",
        "tap_guardrails/rule.py": "import jsii",
        "tap_project/release.py": "from tap_project import cdk",
    }.items():
        source = (project / file).read_text(encoding="utf-8")
        (project / file).write_text(f"{source}\n{line}\n", encoding="utf-8")
    found = {each.partition(" imports ")[0] for each in wrong(project)}
    assert len(found) == 6


@pytest.mark.parametrize("folder", REPOSITORY)
def test_parts_of_this_repository_import_in_one_direction(folder: str) -> None:
    files = sorted((TEMPLATE_ROOT / folder).rglob("*.py"))
    assert files
    known = {*REPOSITORY, "tap_emulator", "tap_guardrails", "tap_project"}
    for file in files:
        if "faults" in file.parts:
            continue  # imports a project's modules
        for module in imported(file):
            top = module.partition(".")[0]
            assert top not in known or top in REPOSITORY[folder], f"{file} imports {module}"


def test_contributing_names_every_folder() -> None:
    page = (TEMPLATE_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = {path.name for path in TEMPLATE_ROOT.iterdir() if path.is_dir()}
    project = TEMPLATE_ROOT / PROJECT_FOLDER
    inside = {path.name for path in project.iterdir() if path.is_dir()}
    built = {"build", "out", "node_modules", "cdk.out"}
    names = {name for name in folders | inside if not name.startswith((".", "_"))}
    assert [name for name in sorted(names - built) if f"{name}/" not in page] == []
