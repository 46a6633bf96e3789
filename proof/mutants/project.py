"""A rendered project that is changed, synthesized and put right again."""

from __future__ import annotations

import contextlib
import importlib
import json
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from local_extensions import answers
from proof.mutants.changes import TABLE, Edit

Report = Sequence[Mapping[str, Any]]
Variant = Mapping[str, str | bool]
PROJECT_PACKAGES = ("infra", "service", "tap_guardrails")
GAP = "…"
# Runs a synth in a process of its own, and says how many CPU seconds the guardrails took.
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
    """A rendered project that is changed, synthesized and put right again, all in one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def changed(self, edits: Sequence[Edit]) -> Iterator[None]:
        """Apply edits, and take them back."""
        kept: dict[Path, str | None] = {}
        try:
            for name, old, new in edits:
                file = self.folder / name
                before = file.read_text(encoding="utf-8") if file.exists() else None
                kept.setdefault(file, before)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_edited(before, old, new, name), encoding="utf-8")
            yield
        finally:
            for file, text in kept.items():
                _restore(file, text)

    def source(self, edits: Sequence[Edit]) -> str:
        """The files that edits are about."""
        files = [self.folder / name for name in dict.fromkeys(name for name, _, _ in edits)]
        return "\n".join(f.read_text(encoding="utf-8") if f.exists() else "" for f in files)

    def report(self, out: Path | None = None) -> Report:
        """The guardrails' findings of a synth; what fails otherwise is a finding without a rule."""
        for name in [n for n in sys.modules if n.partition(".")[0] in PROJECT_PACKAGES]:
            del sys.modules[name]
        importlib.invalidate_caches()
        sys.path.insert(0, str(self.folder))
        try:
            with tempfile.TemporaryDirectory() as folder, contextlib.chdir(self.folder):
                return self._synth(out or Path(folder))
        finally:
            sys.path.remove(str(self.folder))

    def cost(self) -> tuple[float, float]:
        """CPU seconds of the guardrails, and of a whole synth in a process of its own."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as out:
            command = [sys.executable, "-c", TIMED, out]
            run = subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return float(run.stdout), total

    def _synth(self, out: Path) -> Report:
        file = out / "validation-report.json"
        try:
            importlib.import_module("infra.app").build(str(out)).synth()
        except Exception as error:
            if not file.exists():
                return [{"ruleName": "", "description": str(error), "violatingConstructs": []}]
        reports = json.loads(file.read_text(encoding="utf-8"))["pluginReports"]
        return [
            v for report in reports if report["pluginName"] == "tap" for v in report["violations"]
        ]


def _restore(file: Path, text: str | None) -> None:
    if text is not None:
        file.write_text(text, encoding="utf-8")
        return
    file.unlink()
    for folder in file.parents:
        if any(folder.iterdir()):
            return
        folder.rmdir()


def _edited(text: str | None, old: str, new: str, name: str) -> str:
    if text is None or not old:
        return new
    pattern = ".*?".join(re.escape(part) for part in old.split(GAP))
    result, count = re.subn(pattern, lambda _: new, text, count=1, flags=re.DOTALL)
    if not count:
        raise ValueError(f"{name} has no {old!r}: bring the change in {TABLE.name} up to date")
    return result


def rendered(folder: Path, variant: Variant) -> Project:
    """A project with these answers, unverified."""
    folder.mkdir(parents=True)
    given = [f"{question}={value}" for question, value in {"verify": False, **variant}.items()]
    options = ["--no-input", "--default-config", "--output-dir", str(folder)]
    command = [sys.executable, "-m", "cookiecutter", str(answers.TEMPLATE_ROOT), *options, *given]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = folder.iterdir()
    return Project(made)
