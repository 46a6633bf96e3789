"""A synth prints its result only, and says whether no one is subscribed to the alarms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from proof import cold_process
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake

NOTICE = "No one is subscribed to its alarms yet: set alarm_email in infra/settings.py"


def output(command: list[str], project: Path) -> str:
    run = subprocess.run(
        command,
        cwd=project,
        env=cold_process.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout + run.stderr


def test_a_clean_synth_prints_nothing(bake: Bake) -> None:
    assert output([sys.executable, "app.py"], bake()) == ""


@pytest.mark.parametrize(("email", "times"), [("", 2), ("on-call@example.com", 0)])
def test_the_result_says_whether_no_one_is_subscribed(
    email: str, times: int, bake: Bake, warm_synth: WarmProcess
) -> None:
    project = bake(alarm_email=email)
    warm_synth(project)
    listing = output([sys.executable, "-m", "tap_project.assembly"], project)
    assert listing.count("resources, for the caller's account in us-east-1") == 2
    assert listing.count(NOTICE) == times
