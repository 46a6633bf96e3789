"""A week on one project: each command on its page about growing, checked at every step."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle import add, change, impact
from lifecycle.project import Project
from proof import cold_process, dependencies
from proof.matrix.prover import findings, lint_problems
from proof.warm_kernel import WarmProcess
from tests.lifecycle.conftest import Make, commit

COMMANDS = re.compile(r"^make (?:add|change) \S.*$", re.MULTILINE)


def run(project: Project, command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a make command as its recipe does."""
    _, name, *arguments = shlex.split(command)
    given = dict(argument.split("=", 1) for argument in arguments)
    if name == "add":
        options = [f"--{key.lower()}={value}" for key, value in given.items()]
        return add.main(["--project", str(project.root), *options])
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    names = f"--names={' '.join(given)}"
    return change.main(["--project", str(project.root), names, "--yes"])


def test_each_command_of_the_page_leaves_a_correct_project(
    make: Make, warm_synth: WarmProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Format, lint and a synth without findings after each; the project's own tests at the end."""
    monkeypatch.setattr(impact, "report", lambda *_: 0)  # it synthesizes twice; tested elsewhere
    project = make()
    dependencies.link(project.root, "3.14")
    (project.root / ".git/info/exclude").write_text("build\ncdk.out\n", encoding="utf-8")
    commands = COMMANDS.findall(project.read("docs/growing.md"))
    commands += ["make add WHAT=worker KIND=s3 NAME=scans", "make add WHAT=budget"]
    assert len(commands) > 12
    out = project.root / "cdk.out"
    for command in commands:
        assert run(project, command, monkeypatch) == 0, command
        shutil.rmtree(out, ignore_errors=True)
        with dependencies.staged(project.root, out):
            warm_synth(project.root)
        assert findings(out)[0] == 0, command
        assert lint_problems(project.root) == [], command
        commit(project.root, command)
    drawn = [sys.executable, "-m", "tap_project.picture"]
    assert subprocess.run([*drawn, "--check"], cwd=project.root, check=False).returncode == 1
    assert subprocess.run(drawn, cwd=project.root, check=False).returncode == 0
    assert subprocess.run([*drawn, "--check"], cwd=project.root, check=False).returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"],
        cwd=project.root,
        env=cold_process.environment() | {"CDK_OUT": str(out), "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
