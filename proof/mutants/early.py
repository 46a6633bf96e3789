"""What is refused before a template is judged: by the linter, the type checker and jsii.

They run as the project's `make check` runs them, in that order and environment (what is deprecated
stops the synth), over a project that was rendered and then changed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from proof import cold_process

BIN = Path(sys.executable).parent
COMMANDS: dict[str, tuple[str, ...]] = {
    "ruff": (str(BIN / "ruff"), "check", "--no-cache", "--output-format=concise", "."),
    "ty": (str(BIN / "ty"), "check", "--python", sys.prefix, "--output-format=concise"),
    "jsii": (sys.executable, "app.py"),
}


def refusal(project: Path) -> tuple[str, str]:
    """The first tool that refuses a project, and what it says; two empty texts when none does."""
    with tempfile.TemporaryDirectory() as out:
        environment = {**cold_process.environment(), "CDK_OUTDIR": out}
        for tool, command in COMMANDS.items():
            run = subprocess.run(
                command,
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if run.returncode:
                return tool, run.stdout + run.stderr
    return "", ""
