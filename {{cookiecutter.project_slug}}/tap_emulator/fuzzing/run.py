"""Runs schemathesis, which derives requests from openapi.json, against a deployed API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tap_emulator.callers import Caller, User
from tap_emulator.target import Target
from tap_project.assembly import ROOT
from tap_project.clients.python import PACKAGES
from tap_project.openapi.document import FILE

HOOKS = "tap_emulator.fuzzing.hooks"
SETTINGS = Path(__file__).with_name("schemathesis.toml")
# The variable of hooks.py, which only schemathesis can import.
TOKEN = "FUZZING_TOKEN"  # noqa: S105 - the name of a variable
# Its folder: it keeps notes on failures there.
FOLDER = ROOT / "build" / "fuzzing"
# Random requests of each operation, and chains of them, besides those at the limits of each schema.
EXAMPLES = 5


@dataclass(frozen=True)
class Report:
    """The result of a run.

    Args:
        passed: whether each response conformed.
        tested: the number of operations that were called.
        text: the report of schemathesis, with a curl command for each failure.
    """

    passed: bool
    tested: int
    text: str


def run(target: Target, caller: Caller, examples: int = EXAMPLES) -> Report:
    """Send valid and invalid requests to each operation of openapi.json, and check the answers.

    Args:
        target: the deployed stack.
        caller: authenticates the requests.
        examples: the number of random requests of each operation.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    summary = FOLDER / "report.json"
    summary.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run"]
    command += [str(ROOT / FILE), f"--url={target.url('').rstrip('/')}"]
    command += [f"--max-examples={examples}", f"--report-json-path={summary}"]
    if target.emulator is not None:
        command.append(f"--tls-verify={target.emulator.certificate}")
    environment = {
        **os.environ,
        "AWS_DEFAULT_REGION": target.session.region_name,
        "NO_COLOR": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / PACKAGES)]),
        "SCHEMATHESIS_HOOKS": HOOKS,
    }
    if isinstance(caller, User):
        environment[TOKEN] = caller.token
    # The locked tool; a list, and no shell (S603).
    done = subprocess.run(  # noqa: S603
        command,
        cwd=FOLDER,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Report(done.returncode == 0, _tested(summary), done.stdout + done.stderr)


def _tested(summary: Path) -> int:
    try:
        content = json.loads(summary.read_text(encoding="utf-8"))
        return int(content["operations"]["tested"])
    except (KeyError, OSError, TypeError, ValueError):
        return 0
