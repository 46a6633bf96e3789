"""The sixteen faults of a model-written stack are found, and the printed fixes mend them."""

from __future__ import annotations

import functools
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from local_extensions.answers import TEMPLATE_ROOT
from proof import cold_process
from proof.model_response import FIXES, Fix
from tap_guardrails.model import App
from tap_guardrails.verdict import Verdict, verdict
from tests.guardrails.assembly import PROJECT
from tools.readme import refusal
from tools.readme.__main__ import REFUSAL

EXAMPLE = TEMPLATE_ROOT / "examples" / "model_response"
# Faults that Python itself finds, so that there is no template before they are fixed.
BEFORE_SYNTH = FIXES[:2]


def copy(folder: Path) -> Path:
    """Copy the example, as the fixes change it."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def check(project: Path) -> tuple[int, dict[str, Any]]:
    """Run `tap-guardrails check` as the README shows it; return exit code and JSON."""
    command = "-B -m tap_guardrails check --profile house --json --source *.py --app".split()
    environment = {**cold_process.environment(), "PYTHONPATH": str(PROJECT)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        [sys.executable, *command, "python app.py", str(project / "cdk.out")],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode < 2, done.stderr
    return done.returncode, json.loads(done.stdout)


def judge(project: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> Verdict:
    """Synthesize the example in this process, and judge it."""
    context = json.loads((project / "cdk.json").read_text(encoding="utf-8"))["context"]
    with monkeypatch.context() as patch:
        patch.setattr(cdk, "App", functools.partial(cdk.App, context=context, outdir=str(out)))
        patch.syspath_prepend(project)
        patch.delitem(sys.modules, "stack", raising=False)
        runpy.run_path(str(project / "app.py"))
        patch.delitem(sys.modules, "stack")
    return verdict(App(out, project, sources=["*.py"]))


def rules(found: Verdict) -> set[str]:
    return {finding.rule.id for finding in found.findings}


def refusal_text() -> str:
    """Return the report that the README shows."""
    return REFUSAL.read_text(encoding="utf-8")


def test_the_sources_show_what_prevents_a_synth(tmp_path: Path) -> None:
    status, found = check(copy(tmp_path / "app"))
    assert status == 1
    assert {each["rule"] for each in found["findings"]} == {"TAP621", "TAP622"}
    assert len(found["findings"]) == 3
    (note,) = found["not_judged"]
    assert "wrote no cloud assembly" in note["reason"]


def test_each_printed_fix_mends_its_fault_and_the_last_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(FIXES) == 16
    project = copy(tmp_path / "app")
    for fix in BEFORE_SYNTH:
        apply(fix, project)
    left = FIXES[len(BEFORE_SYNTH) :]
    found = judge(project, tmp_path / "0", monkeypatch)
    assert rules(found) == {rule for fix in left for rule in fix.rules}
    for number, fix in enumerate(left, 1):
        printed = [each.fix for each in found.findings if each.rule.id in fix.rules]
        assert printed, f"{fix.fault} is not found"
        assert any(is_applied(text, fix) for text in printed), fix.fault
        apply(fix, project)
        found = judge(project, tmp_path / str(number), monkeypatch)
        assert not rules(found) & set(fix.rules), fix.fault
        if len(BEFORE_SYNTH) + number == refusal.UNSYNTHESIZABLE:
            shown = refusal_text()
            assert f"\nRejected: {len(found.findings)} findings." in shown
            assert set(re.findall(r"^  (TAP\d+) ", shown, re.MULTILINE)) == rules(found)
    assert found.findings == []
    assert found.not_judged == []
    assert found.coverage.resources > 40


def test_the_fixed_stack_passes_on_the_command_line(tmp_path: Path) -> None:
    project = copy(tmp_path / "app")
    for fix in FIXES:
        apply(fix, project)
    status, found = check(project)
    assert (status, found["findings"], found["not_judged"]) == (0, [], [])


def is_applied(printed: str, fix: Fix) -> bool:
    """Return whether most words of an alternative of a printed fix are in the edits."""
    edits = " ".join(f"{edit.old} {edit.new}" for edit in fix.edits)
    for alternative in re.split(r"^# or.*$", printed, flags=re.MULTILINE):
        words = set(re.findall(r"[A-Za-z_]{6,}", re.sub(r"#.*", "", alternative)))
        if words and 2 * sum(word in edits for word in words) > len(words):
            return True
    return False


def apply(fix: Fix, project: Path) -> None:
    for edit in fix.edits:
        edit.apply(project)
