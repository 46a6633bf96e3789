"""A rendered project that is built, changed and synthesized in this process."""

from __future__ import annotations

import contextlib
import importlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from local_extensions import answers
from proof import scratch

Report = Sequence[Mapping[str, Any]]
# Findings of cdk-nag in a fault's code, which has no acknowledgements, are ignored.
OPINION, MILD = "AwsSolutions", ("info", "warning")
PROJECT_PACKAGES = ("infra", "service", "tap_guardrails", "tap_project")
# Runs a synth in a separate process, and prints the CPU seconds of the guardrails.
TIMED = """
import sys, time
from tap_guardrails import plugin
took, judged = [], plugin.Guardrails._violations
def timed(*arguments):
    start = time.process_time()
    try:
        return judged(*arguments)
    finally:
        took.append(time.process_time() - start)
plugin.Guardrails._violations = timed
from infra.app import build
build(sys.argv[1]).synth()
print(sum(took))
"""


class Project:
    """A rendered project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def copied(self) -> Iterator[Project]:
        """Copy the project, for a change of its files."""
        with tempfile.TemporaryDirectory(dir=scratch.folder()) as folder:
            copy = Path(folder) / self.folder.name
            shutil.copytree(self.folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
            yield Project(copy)

    def report(
        self, change: Callable[[Any], None] | None = None, *, out: Path | None = None
    ) -> Report:
        """Return the findings of a synth; any other failure is a finding without a rule.

        They include the findings of the CDK's own validation.

        Args:
            change: the function to call with each stack of the built app.
            out: the folder for the cloud assembly; None: it is deleted.
        """
        known = _without(PROJECT_PACKAGES)
        importlib.invalidate_caches()
        sys.path.insert(0, str(self.folder))
        memory = scratch.folder()
        try:
            with tempfile.TemporaryDirectory(dir=memory) as folder, contextlib.chdir(self.folder):
                return self._synth(out or Path(folder), change)
        finally:
            sys.path.remove(str(self.folder))
            # The caller's own modules of this package must stay the ones that it imported.
            _without(("tap_project",))
            sys.modules.update({n: m for n, m in known.items() if n.startswith("tap_project")})

    def cost(self) -> tuple[float, float]:
        """Return the CPU seconds of the guardrails, and of a whole synth in a separate process."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as out:
            command = [sys.executable, "-c", TIMED, out]
            run = subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return float(run.stdout), total

    def _synth(self, out: Path, change: Callable[[Any], None] | None) -> Report:
        import aws_cdk as cdk  # loads Node.js, which the caller has to choose before

        file = out / "validation-report.json"
        try:
            app = importlib.import_module("infra.app").build(str(out))
            for stack in app.node.children if change else ():
                if change and isinstance(stack, cdk.Stack):
                    change(stack)
            app.synth()
        except Exception as error:
            if not file.exists():
                text = f"{type(error).__name__}: {error}"
                return [
                    {"ruleName": "", "description": text, "violatingConstructs": [], "plugin": ""}
                ]
        finally:
            cdk.AssetStaging.clear_asset_hash_cache()
        reports = json.loads(file.read_text(encoding="utf-8"))["pluginReports"]
        return [
            {**violation, "plugin": report["pluginName"]}
            for report in reports
            if report["pluginName"] != OPINION
            for violation in report["violations"]
            if violation.get("severity") not in MILD
        ]


def rendered(folder: Path, variant: Mapping[str, str | bool]) -> Project:
    """Render a project with these answers, unverified."""
    folder.mkdir(parents=True)
    given = [f"{question}={value}" for question, value in {"verify": False, **variant}.items()]
    options = ["--no-input", "--default-config", "--output-dir", str(folder)]
    command = [sys.executable, "-m", "cookiecutter", str(answers.TEMPLATE_ROOT), *options, *given]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return Project(made)


def _without(packages: Sequence[str]) -> dict[str, ModuleType]:
    """Remove the modules of packages from this process, and return them by name."""
    names = [name for name in sys.modules if name.partition(".")[0] in packages]
    return {name: sys.modules.pop(name) for name in names}
