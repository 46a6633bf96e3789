"""cfn-lint and checkov as judges, in their own environment: requirements/judges.txt.

This file is also the program that runs there: `python outside.py FOLDER` prints the findings about
each template of a folder as JSON. It imports only the standard library and the judges.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

LINT, CHECKOV = "cfn-lint", "checkov"
POSITION = re.compile(r"/\d+\b")
PYTHON = Path(__file__).resolve().parents[2] / ".cache" / "judges" / "bin" / "python"


def findings(templates: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, dict[str, set[str]]]]:
    """Return the versions of the judges, and their findings by template and judge.

    Raises:
        subprocess.CalledProcessError: a judge fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, template in templates.items():
            (Path(folder) / f"{name}.json").write_text(json.dumps(template), encoding="utf-8")
        run = subprocess.run(
            [PYTHON, "-I", __file__, folder], check=True, stdout=subprocess.PIPE, text=True
        )
    result = json.loads(run.stdout)
    found = {
        name: {judge: set(lines) for judge, lines in judges.items()}
        for name, judges in result["findings"].items()
    }
    return result["versions"], found


def _judge(file: str) -> dict[str, list[str]]:
    return {LINT: sorted(_lint(Path(file))), CHECKOV: sorted(_checkov(file))}


def _lint(file: Path) -> set[str]:
    """Return the errors and warnings of cfn-lint, which are its default."""
    from cfnlint.api import ManualArgs, lint

    matches = lint(file.read_text(encoding="utf-8"), config=ManualArgs(regions=["us-east-1"]))
    # Without positions in lists, which change when an element before them is removed.
    return {
        POSITION.sub("/*", f"{each.rule.id} {'/'.join(map(str, each.path or []))}: {each.message}")
        for each in matches
    }


def _checkov(file: str) -> set[str]:
    """Return the failed checks of checkov's CloudFormation framework."""
    from checkov.cloudformation.runner import Runner
    from checkov.runner_filter import RunnerFilter

    only = RunnerFilter(framework=["cloudformation"])
    with contextlib.redirect_stdout(io.StringIO()):
        report = Runner().run(root_folder=None, files=[file], runner_filter=only)
    return {f"{each.check_id} {each.resource}" for each in report.failed_checks}


def main() -> None:
    """Print the versions and findings."""
    files = sorted(Path(sys.argv[1]).glob("*.json"))
    # Both judges are imported once in each process.
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(_judge, map(str, files), chunksize=4)
        found = {file.stem: result for file, result in zip(files, results, strict=True)}
    versions = {name: metadata.version(name) for name in (LINT, CHECKOV)}
    print(json.dumps({"versions": versions, "findings": found}))


if __name__ == "__main__":
    main()
