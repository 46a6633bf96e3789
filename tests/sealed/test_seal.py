"""Every edit of a package that the template maintains is found, without false positives."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tap_guardrails import seal
from tap_guardrails.model import App
from tap_guardrails.rules.project import sealed_packages_are_unchanged
from tests.guardrails.assembly import PROJECT, Assembly


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with only the sealed packages."""
    for package in seal.PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(PROJECT / package, tmp_path / "project" / package, ignore=ignored)
    return tmp_path / "project"


def test_the_seal_is_up_to_date() -> None:
    known = (PROJECT / seal.SEAL).read_text(encoding="utf-8")
    assert known == seal.seal(PROJECT), "try: make seal"


def test_every_file_of_the_packages_is_sealed() -> None:
    lines = (PROJECT / seal.SEAL).read_text(encoding="utf-8").splitlines()
    packages = {line.split("  ")[1].split("/")[0] for line in lines}
    assert packages == set(seal.PACKAGES)
    assert len(lines) > 50


def test_sha256sum_reads_the_seal(project: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", seal.SEAL]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_untouched_packages_have_no_changes(project: Path) -> None:
    assert list(seal.changes(project)) == []


def edit(project: Path) -> None:
    file = project / "tap_project" / "cost.py"
    file.write_bytes(file.read_bytes() + b" ")


CHANGES: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "edited": (edit, ("tap_project/cost.py", "was edited")),
    "missing": (
        lambda project: (project / "tap_guardrails" / "rules" / "trail.py").unlink(),
        ("tap_guardrails/rules/trail.py", "is missing"),
    ),
    "additional": (
        lambda project: (project / "tap_emulator" / "ours.py").touch(),
        ("tap_emulator/ours.py", "is not a file of the template"),
    ),
    "unsealed": (
        lambda project: (project / seal.SEAL).unlink(),
        (seal.SEAL, "is missing"),
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_found(case: str, project: Path) -> None:
    change, expected = CHANGES[case]
    change(project)
    assert list(seal.changes(project)) == [expected]


def test_files_of_tools_are_not_a_change(project: Path) -> None:
    for name in ("__pycache__/cost.pyc", ".ruff_cache/x", ".DS_Store"):
        file = project / "tap_project" / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    assert list(seal.changes(project)) == []


def test_another_app_has_nothing_to_compare(tmp_path: Path) -> None:
    assembly = Assembly(tmp_path / "cdk.out").stack({})
    for project in (None, tmp_path):
        assert list(sealed_packages_are_unchanged(App(assembly.folder, project))) == []


@pytest.mark.parametrize("package", seal.PACKAGES)
def test_each_package_names_its_maintainer(package: str) -> None:
    text = " ".join((PROJECT / package / "__init__.py").read_text(encoding="utf-8").split())
    assert "Maintained by the template and replaced by its updates, so don't edit it" in text
    assert "infra/rules.py" in text
