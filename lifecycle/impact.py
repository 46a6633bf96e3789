"""What a merge does to deployed resources, and the end of a command that merges."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from lifecycle.merge import Merge
from lifecycle.project import Project

PAGE = Path("build") / "update.md"
ARCHITECTURE = "docs/architecture.md"
SYNTH = "import sys; from infra.app import build; build(outdir=sys.argv[1], raises=False).synth()"


def report(
    project: Project, merged: Merge, old: Path, new: Path, folder: Path, notes: str = ""
) -> int:
    """Print what would be replaced or deleted; return 1 if that has data, otherwise 0.

    It compares the project with the merged one; if a file has conflicts, what the template renders
    before and after.

    Args:
        project: the project.
        merged: the merge.
        old: the template's rendering of the project as it is recorded.
        new: its rendering afterwards.
        folder: a temporary folder.
        notes: what precedes the report on the page build/update.md.
    """
    before, after = project.root, folder / "after"
    code = [path for path in merged.conflicts if not path.endswith(".md")]
    if code:
        print(f"{code[0]} has conflicts, so this is the report on the project without your edits.")
        before, after = old, new
    else:
        _copy(project, after)
        merged.write(after)
    assemblies = []
    for name, tree in (("before", before), ("after", after)):
        out = folder / f"cdk.out.{name}"
        done = _synth(project, tree, out)
        if done.returncode:
            print(f"The project {name} the change does not synthesize:", file=sys.stderr)
            print(done.stderr.strip()[-2000:], file=sys.stderr)
            return 1
        assemblies.append(str(out))
    if not code:
        _draw(project, merged, after, folder / "cdk.out.after")
    markdown = folder / "report.md"
    compared = subprocess.run(
        [
            _python(project),
            *("-m", "tap_project.changes", "--base", "the project as it is"),
            *("--assemblies", *assemblies),
            f"--markdown={markdown}",
        ],
        cwd=project.root,
        check=False,
    )
    page = project.root / PAGE
    page.parent.mkdir(exist_ok=True)
    report_text = markdown.read_text(encoding="utf-8") if markdown.exists() else ""
    page.write_text(f"{notes}\n\n{report_text}", encoding="utf-8")
    return compared.returncode


def _draw(project: Project, merged: Merge, tree: Path, assembly: Path) -> None:
    """Add the architecture page of the merged project, as its `make picture` would write it.

    Nothing is added if it can't be drawn; `make check` compares the page in any case.
    """
    page = tree / ARCHITECTURE
    command = ["-m", "tap_project.picture", "--assembly", str(assembly), "--page", str(page)]
    done = subprocess.run(
        [_python(project), *command], cwd=tree, capture_output=True, text=True, check=False
    )
    if done.returncode == 0 and page.exists():
        text = page.read_text(encoding="utf-8")
        mine = project.root / ARCHITECTURE
        if mine.exists() and mine.read_text(encoding="utf-8") != text:
            merged.edits.changed[ARCHITECTURE] = text


def finish(
    project: Project, merged: Merge, status: int, given: argparse.Namespace, command: str
) -> int:
    """Write the merge, unless it replaces data without `--yes`; return the exit code."""
    from lifecycle.add import difference

    if given.dry_run:
        print(difference(project, merged.edits), end="")
        for path in merged.deleted:
            print(f"deleted file: {path}")
        _print_open(merged)
        print("Nothing was changed.")
        return 0
    if status and not given.yes:
        print(f"Nothing was changed; to change it nevertheless: {command} ... ARGS=--yes")
        return 1
    merged.write(project.root)
    count = len(merged.edits.new) + len(merged.edits.changed) + len(merged.deleted)
    print(f"{count} files changed; to see them: git status, git diff")
    _print_open(merged)
    print("Next: make check cost")
    return 1 if merged.conflicts else 0


def _print_open(merged: Merge) -> None:
    """Print what is left to the owner."""
    for path in merged.kept:
        print(f"{path} is no longer used, but you changed it; delete it if you don't need it")
    for path in merged.conflicts:
        print(f"{path} has conflicts; edit it between <<<<<<< and >>>>>>>", file=sys.stderr)


def _python(project: Project) -> str:
    return str(project.root / ".venv" / "bin" / "python")


def _synth(project: Project, tree: Path, out: Path) -> subprocess.CompletedProcess[str]:
    build = tree / "build"
    if not build.exists() and (project.root / "build").exists():
        build.symlink_to(project.root / "build")
    return subprocess.run(
        [_python(project), "-c", SYNTH, str(out)],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def _copy(project: Project, folder: Path) -> None:
    """Copy the project without what tools made."""
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "node_modules", "cdk.out", "build", "__pycache__", ".*_cache"
    )
    shutil.copytree(project.root, folder, ignore=ignored)
