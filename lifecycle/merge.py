"""Three-way merges of a project with two renderings of the template."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from lifecycle.edits import Edits
from lifecycle.project import RECORD, files_below

# Written by tools, or by each project for itself.
EXCLUDED = frozenset({RECORD})
# What `make picture` writes on a page; see tap_project/picture/page.py.
GENERATED = re.compile(r"<!-- (\w+) of `make picture` -->\n.*?<!-- end of \1 -->", re.DOTALL)


@dataclass
class Merge:
    """The result of a merge.

    Args:
        edits: new and changed files; those with conflicts contain git's markers.
        deleted: files that the new rendering lacks, unchanged in the project.
        conflicts: files with markers.
        kept: files that the new rendering lacks and the owner has changed.
    """

    edits: Edits = field(default_factory=Edits)
    deleted: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def write(self, root: Path) -> None:
        """Write and delete files in the project."""
        self.edits.write(root)
        for path in self.deleted:
            file = root / path
            file.unlink(missing_ok=True)
            if not any(file.parent.iterdir()):
                file.parent.rmdir()


def merge(project: Path, old: Path, new: Path) -> Merge:
    """Return what changes in a project if its rendering `old` becomes `new`.

    Args:
        project: the project, with its owner's changes.
        old: what the template renders for the project as it is recorded.
        new: what it renders afterwards.

    Raises:
        subprocess.CalledProcessError: git can't merge a file.
    """
    result = Merge()
    before = {path.as_posix() for path in files_below(old)} - EXCLUDED
    after = {path.as_posix() for path in files_below(new)} - EXCLUDED
    for path in sorted(before - after):
        mine = project / path
        if not mine.exists():
            continue
        if mine.read_bytes() == (old / path).read_bytes():
            result.deleted.append(path)
        else:
            result.kept.append(path)
    for path in sorted(after):
        theirs = (new / path).read_text(encoding="utf-8")
        mine = project / path
        if path not in before and not mine.exists():
            result.edits.new[path] = theirs
            continue
        base = (old / path).read_text(encoding="utf-8") if path in before else ""
        if base == theirs or not mine.exists():
            continue  # the template did not change it, or its owner deleted it
        current = mine.read_text(encoding="utf-8")
        base, theirs = _with_generated(current, base, theirs)
        if theirs in {base, current}:
            continue
        if current == base:
            result.edits.changed[path] = theirs
            continue
        text, clean = _merged(current, base, theirs)
        if text != current:
            result.edits.changed[path] = text
        if not clean:
            result.conflicts.append(path)
    return result


def _with_generated(mine: str, base: str, theirs: str) -> tuple[str, str]:
    """Return both renderings with the generated parts that a project has written anew.

    These parts follow from the project's stacks and not from the renderings, which lack the owner's
    changes; `make picture` writes them again.
    """
    rendered = {part[1]: part[0] for part in GENERATED.finditer(base)}
    written = {
        part[1]: part[0]
        for part in GENERATED.finditer(mine)
        if part[1] in rendered and part[0] != rendered[part[1]]
    }

    def own(part: re.Match[str]) -> str:
        return written.get(part[1], part[0])

    return GENERATED.sub(own, base), GENERATED.sub(own, theirs)


def _merged(mine: str, base: str, theirs: str) -> tuple[str, bool]:
    """Return the merged text of a file, and whether it has no conflict."""
    with tempfile.TemporaryDirectory(prefix="tap-merge-") as folder:
        files = [Path(folder) / name for name in ("mine", "base", "theirs")]
        for file, text in zip(files, (mine, base, theirs), strict=True):
            file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [
                *("git", "merge-file", "--stdout", "-L", "yours", "-L", "before", "-L", "template"),
                *map(str, files),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    # The exit code is the number of conflicts, at most 127; an error is above.
    if not 0 <= done.returncode <= 127:
        raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
    return done.stdout, done.returncode == 0
