"""Every synth prints one notice if no one is subscribed, with and without the CDK CLI."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from proof import cold_process
from tests.conftest import Bake

NOTICE = "No one is subscribed to the alarms of 'dev' yet: set alarm_email in infra/settings.py"


def synth_output(command: list[str], project: Path) -> str:
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


@pytest.mark.parametrize("cli", [False, True], ids=["python app.py", "cdk synth --strict"])
@pytest.mark.parametrize(("email", "times"), [("", 1), ("on-call@example.com", 0)])
def test_a_missing_subscription_is_printed(
    cli: bool, email: str, times: int, bake: Bake, tmp_path: Path
) -> None:
    project = bake(alarm_email=email)
    command = cold_process.command(project, tmp_path) if cli else [sys.executable, "app.py"]
    assert synth_output(command, project).count(NOTICE) == times
