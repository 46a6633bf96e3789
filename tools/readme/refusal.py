"""The run that rejects a model-written stack, as text and as a picture.

It is examples/model_response after three fixes: a synth is impossible before, and there would be
nothing to judge.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from proof import cold_process
from proof.model_response import FIXES
from tools.readme.terminal import Line, svg

EXAMPLE = TEMPLATE_ROOT / "examples" / "model_response"
COMMAND = 'tap-guardrails check cdk.out --app "python app.py" --source "*.py" --profile house'
# The faults that prevent a synth: a missing import, and a missing method.
UNSYNTHESIZABLE = 2
# The types without a rule, which make the last line too long.
PARENTHESIS = re.compile(r" \([^)]*\)")
# How much of the report the picture shows.
FIRST, LAST = 22, 6


def report() -> str:
    """Return the report of a run, with the result on the last line."""
    command = [sys.executable, "-B", "-m", "tap_guardrails", *_arguments()]
    environment = {**cold_process.environment(), "PYTHONPATH": str(TEMPLATE_ROOT / PROJECT_FOLDER)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "app"
        shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", "cdk.out"))
        for fix in FIXES[:UNSYNTHESIZABLE]:
            for edit in fix.edits:
                edit.apply(project)
        done = subprocess.run(
            command,
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode != 1:
        raise RuntimeError(f"the example is not rejected:\n{done.stdout}")
    return done.stdout


def _arguments() -> list[str]:
    return ["check", "cdk.out", "--app", "python app.py", "--source", "*.py", "--profile", "house"]


def picture(text: str) -> str:
    """Return the beginning and the end of a report as a terminal."""
    lines = text.splitlines()
    shown = [*lines[:FIRST], "...", *lines[-LAST:]] if len(lines) > FIRST + LAST else lines
    styled = [f"\x1b[2m$\x1b[0m \x1b[1m{COMMAND}\x1b[0m", *map(_styled, shown)]
    styled[-1] = PARENTHESIS.sub("", styled[-1])
    title = "a model-written stack is rejected"
    return svg([Line(row, each) for row, each in enumerate(styled)], title, text.splitlines()[-1])


def _styled(line: str) -> str:
    if line.startswith("      "):
        return f"\x1b[32m{line[:112]}\x1b[0m"
    if line.startswith("  ") and line[2:5].isalpha():
        rule, _, rest = line[2:].partition(" ")
        return f"  \x1b[31m{rule}\x1b[0m {rest[:104]}"
    return f"\x1b[1m{line}\x1b[0m" if line and not line.startswith(" ") else line[:112]
