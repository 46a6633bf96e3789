"""What is refused before a template is judged: by the linter, the type checker and jsii.

They run as the project's `make check` runs them, in that order and environment (what is deprecated
stops the synth), over a project that was rendered and then changed.
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


def problem(change: Change, project: Path) -> str:
    """Return what is wrong with the refusal of a fault; empty when it is right.

    The file of the fault becomes the project's module of own rules, which every synth imports. The
    refusal has to name the line with the comment `# refused by <tool>: <words>`, and to have these
    words.
    """
    text = change.file.read_text(encoding="utf-8")
    shutil.copy(change.file, project / PLACE)
    number, words = next(
        (number, line.rpartition(f"  # refused by {change.rule}: ")[2])
        for number, line in enumerate(text.splitlines(), 1)
        if f"  # refused by {change.rule}: " in line
    )
    tool, said = refusal(project)
    place = f'{PLACE}", line {number}' if tool == "jsii" else f"{PLACE}:{number}:"
    if tool != change.rule:
        return f"survived; refused by {tool or 'nothing'}: {said[:300]}"
    return "" if words in said and place in said else f"{words!r} of line {number} not in: {said}"
