"""The sealed packages pass this repository's formatter, linter and type checker.

Projects exclude them, so no other test would detect a problem.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tap_guardrails.seal import PACKAGES
from tests.conftest import TEMPLATE, Bake
from tests.guardrails.assembly import PROJECT

Done = subprocess.CompletedProcess[str]
BIN = Path(sys.executable).parent
PATHS = [str((PROJECT / package).relative_to(TEMPLATE)) for package in PACKAGES]
WITHOUT_THE_CDK = """
[[tool.mypy.overrides]]
module = ["aws_cdk.*", "cdk_nag.*", "constructs.*", "moto.*"]
follow_imports = "skip"
"""
# What is `Any` where these types are missing.
ALLOWED = (
    "--allow-subclassing-any",
    "--allow-untyped-decorators",
    "--no-warn-return-any",
    "--no-warn-unused-ignores",
)
RUFF = ("--config", "pyproject.toml", "--no-cache")


def run(*command: str | Path, folder: Path = TEMPLATE) -> Done:
    return subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False
    )


def test_they_are_formatted() -> None:
    done = run(BIN / "ruff", "format", "--check", *RUFF, *PATHS)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split()[0]) > 40


def test_they_have_no_lint_findings() -> None:
    done = run(BIN / "ruff", "check", *RUFF, *PATHS)
    assert done.returncode == 0, done.stdout


def test_lint_findings_in_them_are_detected() -> None:
    listed = run(BIN / "ruff", "check", *RUFF, "--show-files", ".").stdout
    for package in PACKAGES:
        assert f"/{package}/__init__.py" in listed


def test_their_types_are_correct(tmp_path: Path) -> None:
    """The CDK's own types are left to `make lint`: they take ten times as long."""
    config = tmp_path / "pyproject.toml"
    settings = (TEMPLATE / "pyproject.toml").read_text(encoding="utf-8")
    settings = settings.replace("$MYPY_CONFIG_FILE_DIR", TEMPLATE.as_posix())
    config.write_text(settings + WITHOUT_THE_CDK, encoding="utf-8")
    done = run(BIN / "mypy", "--config-file", config, *ALLOWED, *PATHS)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split("found in ")[1].split()[0]) > 40


@pytest.mark.parametrize("package", PACKAGES)
def test_they_contain_no_template_code(package: str) -> None:
    for file in (PROJECT / package).rglob("*.*"):
        if file.suffix in {".py", ".json", ".yaml"}:
            assert "cookiecutter" not in file.read_text(encoding="utf-8"), file


def test_a_project_does_not_check_them(bake: Bake) -> None:
    project = bake()
    for package in PACKAGES:
        file = project / package / "__init__.py"
        with file.open("a", encoding="utf-8") as opened:
            opened.write("import os\nx: int = 'no'\n")
        (project / package / "test_ours.py").write_text("def test(): assert 0\n")
    for command in ("ruff check --no-cache .", "ruff format --no-cache --check ."):
        done = run(BIN / command.split()[0], *command.split()[1:], folder=project)
        assert done.returncode == 0, done.stdout
    python = ["--python", sys.executable]
    done = run(BIN / "ty", "check", "--output-format=concise", *python, folder=project)
    assert "tap_" not in done.stdout, done.stdout
    collect = ["-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider"]
    done = run(sys.executable, *collect, folder=project)
    assert "tests/test_stack.py" in done.stdout
    assert "tap_" not in done.stdout
