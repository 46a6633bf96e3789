"""A missing prerequisite is reported once, in one line, before any test runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proof import cold_process, dependencies, prerequisites
from tests.conftest import TEMPLATE

DEAD = "http://127.0.0.1:9"


def test_this_machine_has_all_prerequisites() -> None:
    assert prerequisites.problem() == ""


@pytest.mark.skipif(os.name == "nt", reason="make is not needed there")
def test_no_test_runs_without_make() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "tests/proof/test_variants.py",
            "-q",
            "-p",
            "no:cacheprovider",
        ],
        cwd=TEMPLATE,
        env={**os.environ, "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert lines == ["ERROR: make is not installed; try: apt-get install make"]


def test_an_unreachable_index_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "CACHE", tmp_path / "dependencies")
    settings = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": f"{DEAD}/simple",
        "UV_CACHE_DIR": str(tmp_path / "uv"),
        "UV_HTTP_RETRIES": "0",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    line = prerequisites.problem()
    assert line.startswith("can't install lambda.txt for Python 3.14: error: ")
    assert DEAD in line
    assert line.endswith("; uv uses pip's index and certificates, try: python3 -m pip config list")
    assert len(line.splitlines()) == 1


def test_an_unreachable_registry_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_process, "CACHE", tmp_path / "cdk")
    settings = {
        "NPM_CONFIG_REGISTRY": DEAD,
        "NPM_CONFIG_CACHE": str(tmp_path / "npm"),
        "NPM_CONFIG_FETCH_RETRIES": "0",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    line = prerequisites.problem()
    assert line.startswith("npm can't install the CDK CLI: ")
    assert "127.0.0.1:9" in line
    assert line.endswith("; try: npm config get registry")
    assert len(line.splitlines()) == 1


def test_a_node_that_does_not_run_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho 'libc is too old' >&2\nexit 1\n", encoding="utf-8")
    node.chmod(0o755)
    monkeypatch.setattr(cold_process, "NODE", node)
    line = prerequisites.problem()
    assert line.startswith("the bundled Node.js does not run here: libc is too old; try ")


def test_a_missing_package_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prerequisites, "find_spec", lambda name: None if name == "uv" else True)
    assert prerequisites.problem() == f"uv is not installed for {sys.executable}; try: make test"
