"""Synthesize a CDK app with the command that its cdk.json would run."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "manifest.json"


class SynthError(Exception):
    """The app wrote no cloud assembly. The message contains the command and its last output."""


def synthesize(
    command: str,
    assembly: Path,
    folder: Path = Path(),
    variables: Mapping[str, str] | None = None,
) -> None:
    """Run an app, so that it writes a cloud assembly.

    The context is that of cdk.json in the app's folder, which only the CDK CLI would read. An app
    that fails after it wrote the assembly, such as one whose own checks fail, is accepted.

    Args:
        command: a shell command, such as `python app.py`.
        assembly: the folder to write to.
        folder: the app's folder.
        variables: additional environment variables.

    Raises:
        SynthError: the app wrote no cloud assembly.
    """
    manifest = assembly / MANIFEST
    former = manifest.read_bytes() if manifest.is_file() else None
    manifest.unlink(missing_ok=True)
    environment = {
        **os.environ,
        **(variables or {}),
        "CDK_OUTDIR": str(assembly.resolve()),
        "CDK_CONTEXT_JSON": json.dumps(_context(folder / "cdk.json")),
    }
    # A pipe would wait for processes that the app leaves behind.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        # The command is the user's, and needs a shell as in the CDK CLI (S602).
        subprocess.run(  # noqa: S602
            command,
            shell=True,
            cwd=folder,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        output.seek(0)
        lines = [line for line in output.read().splitlines() if line.strip()]
    if not manifest.is_file():
        if former is not None:
            manifest.write_bytes(former)
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
