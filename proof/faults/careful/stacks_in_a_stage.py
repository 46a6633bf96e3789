"""Stacks in a stage."""

from pathlib import Path

from proof.faults.files import replace


def change(project: Path) -> None:
    stage = '        ServiceStack(cdk.Stage(app, f"Stage-{environment.name}"), '
    replace(project / "infra" / "app.py", "        ServiceStack(app, ", stage)
