"""Rendered projects pass their own `make check`, run as by their developers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from proof import cold_process, dependencies
from proof.stacks import read_stacks
from proof.variants import Answer
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake

# Together they have every kind of API and authorization, partition, package manager and pipeline.
# `make additions` runs the check in many more, and the week (tests/lifecycle) with every worker.
PROJECTS: dict[str, dict[str, Answer]] = {
    "as asked first": {},
    "pip, GovCloud, a stream behind HTTP and Cognito, NAT, GitLab, names that mislead": {
        "package_manager": "pip",
        "python_version": "3.12",
        "api": "http",
        "api_auth": "cognito",
        "worker": "stream",
        "billing_mode": "provisioned",
        "network": "nat",
        "aws_region": "us-gov-west-1",
        "audit_trail": False,
        "encryption": "aws_managed",
        "alarm_email": "on-call@example.com",
        "ci": "gitlab",
        "license": "Proprietary",
        "environments": "no,dev-eu,dev,live-eu",
        "owner": "arn:aws:iam::1:role/x dummy1a vpc-12345",
    },
    "China, a schedule and no API, four environments": {
        "python_version": "3.13",
        "api": "none",
        "worker": "schedule",
        "aws_region": "cn-north-1",
        "environments": "dev,test,staging,prod",
        "ci": "none",
        "license": "Apache-2.0",
    },
}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("given", PROJECTS.values(), ids=list(PROJECTS))
def test_the_projects_own_check_passes(
    given: dict[str, Answer], bake_on_disk: Bake, warm_synth: WarmProcess, tmp_path: Path
) -> None:
    """Its cloud assembly, layer included, equals the assembly that the matrix checks."""
    project = bake_on_disk(**given)
    checked = make_check(project)
    assert checked.returncode == 0, checked.stdout[-3000:] + checked.stderr[-3000:]
    assert "Checked: format, lint, types, synth of every environment, tests." in checked.stdout
    for name in (dependencies.ARCHIVE, dependencies.HASH):
        (project / "build" / name).unlink()
    dependencies.link(project, str(given.get("python_version", "3.14")))
    cold = [(stack.name, stack.template) for stack in read_stacks(project / "cdk.out")]
    warm = [(one.name, one.template) for one in read_stacks(warm_synth(project, tmp_path))]
    assert warm == cold


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_finding_about_a_file_fails_the_projects_own_check(bake_on_disk: Bake) -> None:
    """The CDK CLI would drop the finding, because its path is in no stack."""
    project = bake_on_disk(api="none", network="none")
    pins = project / "requirements" / "synth.in"
    pins.write_text(pins.read_text("utf-8").replace("aws-cdk-lib==", "aws-cdk-lib>="), "utf-8")
    checked = make_check(project)
    assert checked.returncode != 0
    assert "requirements/synth.in\n  TAP606 'aws-cdk-lib>=" in checked.stderr
    assert "Checked:" not in checked.stdout


def make_check(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "check"],
        cwd=project,
        env={
            name: value
            for name, value in cold_process.environment().items()
            if name != "VIRTUAL_ENV"
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
