"""Synthesize a CDK app with the command that its cdk.json would run."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

MANIFEST = "manifest.json"


class SynthError(Exception):
    """The app wrote no cloud assembly. The message contains the command and its last output."""


def synthesize(command: str, assembly: Path) -> None:
    """Run an app, so that it writes a cloud assembly.

    The context is that of cdk.json in the working directory, which only the CDK CLI would read. An
    app that fails after it wrote the assembly, such as one with findings of its own, is accepted.

    Args:
        command: a shell command, such as `python app.py`.
        assembly: the folder to write to.

    Raises:
        SynthError: the app wrote no cloud assembly.
    """
    manifest = assembly / MANIFEST
    manifest.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(assembly.resolve()),
        "CDK_CONTEXT_JSON": json.dumps(_context(Path("cdk.json"))),
    }
    # The user's own command, as the CDK CLI runs it (S602).
    done = subprocess.run(  # noqa: S602
        command, shell=True, env=environment, check=False, capture_output=True, text=True
    )
    if not manifest.is_file():
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        last = f": {lines[-1].strip()}" if lines else ""
        raise SynthError(f"--app {command!r} wrote no cloud assembly{last}")


def _context(file: Path) -> dict[str, object]:
    """Return the context in cdk.json and cdk.context.json; {} without them."""
    found: dict[str, object] = {}
    for each, key in ((file.with_name("cdk.context.json"), None), (file, "context")):
        try:
            content = json.loads(each.read_text(encoding="utf-8"))
            found |= content.get(key, {}) if key else content
        except (OSError, ValueError, AttributeError, TypeError):
            continue
    return found
