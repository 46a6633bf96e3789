"""Faults that the linter, the type checker or jsii reject before a template is checked.

The tools run as in the project's `make check`, in that order and environment (deprecated calls
stop the synth), on a project that was rendered and then changed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from proof import cold_process
from proof.mutants.changes import Change

PLACE = "infra/rules.py"
BIN = Path(sys.executable).parent
COMMANDS: dict[str, tuple[str, ...]] = {
    "ruff": (str(BIN / "ruff"), "check", "--no-cache", "--output-format=concise", "."),
    "ty": (str(BIN / "ty"), "check", "--python", sys.prefix, "--output-format=concise"),
    "jsii": (sys.executable, "app.py"),
}


def refusal(project: Path) -> tuple[str, str]:
    """Return the first tool that rejects a project, and its output; both empty if none does."""
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


def problem(change: Change, project: Path) -> str:
    """Return the problem with the rejection of a fault; empty if it is correct.

    The file of the fault becomes the project's module of custom rules, which every synth imports.
    The output has to name the line with the comment `# refused by <tool>: <words>`, and to contain
    these words.
    """
    text = change.file.read_text(encoding="utf-8")
    shutil.copy(change.file, project / PLACE)
    number, words = next(
        (number, line.rpartition(f"  # refused by {change.rule}: ")[2])
        for number, line in enumerate(text.splitlines(), 1)
        if f"  # refused by {change.rule}: " in line
    )
    tool, output = refusal(project)
    place = f'{PLACE}", line {number}' if tool == "jsii" else f"{PLACE}:{number}:"
    if tool != change.rule:
        return f"not caught; rejected by {tool or 'no tool'}: {output[:300]}"
    return (
        ""
        if words in output and place in output
        else f"{words!r} of line {number} not in: {output}"
    )
