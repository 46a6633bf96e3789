"""Runs of a new project's commands, as texts and as pictures: `make cost`, `changes` and `add`."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lifecycle import add
from lifecycle.project import Project
from local_extensions.answers import TEMPLATE_ROOT
from proof import cold_process
from proof.model_response import Edit
from tools.readme.terminal import Line, svg

IMAGES = TEMPLATE_ROOT / "docs" / "images"
COMMANDS: Mapping[str, str] = {
    "cost": "make cost",
    "changes": "make changes BASE=main",
    "add": "make add",
}
# A change that passes every check, and that a reviewer should question: a construct is renamed, a
# function may read the whole table, and an alarm waits longer.
CHANGE = (
    Edit("infra/stack.py", '"Table"', '"Items"'),
    Edit("service/api.py", '"dynamodb:PutItem"}', '"dynamodb:PutItem", "dynamodb:Scan"}'),
    Edit("infra/api_alarms.py", "* 1000 * 0.25", "* 1000 * 0.9"),
)
# Characters of a line; longer ones are wrapped between words.
COLUMNS = 112


def texts(project: Path, synth: Callable[[Path, Path], Path]) -> Iterator[tuple[str, str]]:
    """Yield name and output of each command.

    Args:
        project: the default project with linked dependencies. Its first synth is in cdk.out; it is
            changed afterwards.
        synth: synthesizes a project into a folder.
    """
    before = synth(project, project / "cdk.out")
    yield "cost", _run(project, "tap_project.bill")
    yield "add", add.listing(Project(project))
    for edit in CHANGE:
        edit.apply(project)
    after = synth(project, project / "build" / "changed")
    modules = project / "node_modules"
    modules.mkdir(exist_ok=True)
    (modules / "aws-cdk").symlink_to(cold_process.cdk_cli(project).parents[1])
    options = ("--base", "main", "--assemblies", str(before), str(after))
    yield "changes", _run(project, "tap_project.changes", *options, code=1)


def _run(project: Path, module: str, *options: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "-m", module, *options],
        cwd=project,
        env=cold_process.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != code:
        raise RuntimeError(f"{module} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def file(name: str) -> Path:
    """Return the file of a command's output."""
    return IMAGES / f"{name}.txt"


def picture(name: str) -> str:
    """Return the output of a command as a terminal."""
    shown = file(name).read_text(encoding="utf-8").rstrip().splitlines()
    lines = [f"\x1b[2m$\x1b[0m \x1b[1m{COMMANDS[name]}\x1b[0m"]
    for line, following in itertools.zip_longest(shown, shown[1:], fillvalue=""):
        heading = following.startswith(" ") and not line.startswith(" ")
        style = "\x1b[1m" if heading or line.partition(" ")[0].isupper() else ""
        lines += [_styled(each, style) for each in _wrapped(line)]
    rows = [Line(row, each) for row, each in enumerate(lines) if each]
    return svg(rows, f"{COMMANDS[name]}, in the default project", f"Output of {COMMANDS[name]}")


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, COLUMNS, subsequent_indent=indent) or [""]


def _styled(line: str, style: str) -> str:
    if style:
        return f"{style}{line}\x1b[0m"
    return line.replace("FAILS", "\x1b[31mFAILS\x1b[0m")
