"""The changes that `python -m tools.measure` counts are complete, and valid in a project."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from proof import cold_process, dependencies
from tests.conftest import Bake
from tools.measure import CHANGES, cost

# Maximum files and lines of a change.
LIMITS = {"environment": (2, 80), "function": (4, 80), "route": (3, 30), "table": (1, 1)}
PATCHES = {patch.stem: patch for patch in sorted(CHANGES.glob("*.patch"))}


def test_every_change_has_a_limit() -> None:
    assert PATCHES.keys() == LIMITS.keys()


@pytest.mark.parametrize("change", LIMITS)
def test_a_change_costs_no_more_than_its_limit(change: str) -> None:
    files, lines = cost(PATCHES[change])
    assert (files, lines) <= LIMITS[change]
    assert files
    assert lines <= LIMITS[change][1]


def test_a_project_with_every_change_is_synthesized_and_passes_its_tests(bake: Bake) -> None:
    project = bake()
    dependencies.link(project, "3.14")
    for patch in PATCHES.values():
        subprocess.run(["git", "apply", str(patch)], cwd=project, check=True)
    environment = {**os.environ, **cold_process.environment(), "CDK_OUT": "cdk.out"}
    contract = [sys.executable, "-m", "tap_project.openapi"]
    subprocess.run(contract, cwd=project, env=environment, check=True)
    command = [sys.executable, "-c", "from infra.app import build; build('cdk.out').synth()"]
    subprocess.run(command, cwd=project, env=environment, check=True)
    tests = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
    done = subprocess.run(
        tests, cwd=project, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_an_environment_without_a_job_is_rejected(bake: Bake) -> None:
    """Each synth compares the settings with the pipeline (TAP612)."""
    project = bake()
    dependencies.link(project, "3.14")
    patch = ["git", "apply", "--include=infra/settings.py", str(PATCHES["environment"])]
    subprocess.run(patch, cwd=project, check=True)
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=project,
        env={**os.environ, **cold_process.environment()},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "no job deploys the environment 'stage'" in done.stderr
