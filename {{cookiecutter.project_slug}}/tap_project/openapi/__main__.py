"""Write or check openapi.json: `make openapi`, and `make check`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tap_project.assembly import ROOT, OperationError
from tap_project.openapi import redocly
from tap_project.openapi.document import FILE
from tap_project.openapi.handlers import modules

# Handlers get no credentials, profile or endpoint of the caller.
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "openapi",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "openapi",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_METRICS_NAMESPACE": "openapi",
    "POWERTOOLS_SERVICE_NAME": "openapi",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "PYTHONHASHSEED": "0",
}
KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; print an error in one line."""
    parser = argparse.ArgumentParser(prog="make openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the file is out of date")
    parser.add_argument("--page", action="store_true", help=f"also write {redocly.PAGE}")
    given = parser.parse_args(arguments)
    try:
        file = ROOT / FILE
        if not file.is_file() and not modules():
            if not given.check:
                print("No module of service/ has a resolver: the project has no API.")
            return 0
        text = generated()
        current = file.read_text(encoding="utf-8") if file.is_file() else ""
        if given.check:
            if text != current:
                raise OperationError(f"{FILE} differs from the handlers; try: make openapi")
            return 0
        if text != current:
            file.write_text(text, encoding="utf-8")
        print(f"{FILE} is {'unchanged' if text == current else 'written'}.")
        if given.page:
            print(f"{redocly.write_page().relative_to(ROOT)} is written.")
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def generated(root: Path = ROOT, python: str = sys.executable) -> str:
    """Return the document of a project's handlers, as text.

    Args:
        root: the project.
        python: the interpreter of an environment with the handlers' packages.

    Raises:
        OperationError: the handlers can't be imported, or contradict each other.
    """
    with tempfile.TemporaryDirectory(prefix="tap-openapi-") as folder:
        file = Path(folder) / FILE
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        # The project's own interpreter and module; a list, and no shell (S603).
        done = subprocess.run(  # noqa: S603
            [python, "-m", "tap_project.openapi.handlers", str(file)],
            cwd=root,
            env={**environment, **VARIABLES},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not file.is_file():
            lines = done.stderr.strip().splitlines() or ["the handlers can't be imported"]
            raise OperationError(lines[-1])
        return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
