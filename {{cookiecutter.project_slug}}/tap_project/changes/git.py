"""The base of a change in git: the commit, and the project's folder as it was there."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tap_project.assembly import ROOT, OperationError

DEFAULTS = ("origin/main", "main")
FIRST = "git init && git add . && git commit --message=first"


@dataclass(frozen=True)
class Commit:
    """A commit to compare with.

    Args:
        name: how it was named, such as `origin/main`.
        sha: its hash.
        prefix: the project's folder in the repository, with a slash, or ''.
    """

    name: str
    sha: str
    prefix: str

    def __str__(self) -> str:
        return f"{self.name} ({self.sha[:7]})"


def find(given: str, folder: Path = ROOT) -> Commit:
    """Return the commit that a change starts from.

    That is the last common commit with the base, as in a pull request, or the base itself if a
    shallow clone has no common one.

    Args:
        given: a branch, tag or commit; '' for origin/main or main.
        folder: the project.

    Raises:
        OperationError: there is no git, repository or such commit.
    """
    inside = _git(folder, "rev-parse", "--show-prefix")
    if inside.returncode != 0:
        reason = inside.stderr.strip().splitlines() or [""]
        if "not a git repository" in reason[0]:
            raise OperationError(f"{folder.name} is in no git repository; try: {FIRST}")
        if "dubious ownership" in reason[0]:
            safe = f"git config --global --add safe.directory '{folder}'"
            raise OperationError(f"git trusts {folder} only for its owner; try: {safe}")
        raise OperationError(f"git failed: {reason[0]}")
    prefix = inside.stdout.strip()
    names = [given] if given else DEFAULTS
    name, sha = next(
        ((name, sha) for name in names if (sha := _commit(folder, name))), (names[0], "")
    )
    if not sha:
        raise OperationError(_unknown(folder, given))
    common = _git(folder, "merge-base", "HEAD", sha)
    return Commit(name, common.stdout.strip() if common.returncode == 0 else sha, prefix)


def _commit(folder: Path, name: str) -> str:
    if name.startswith("-"):
        return ""
    found = _git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return found.stdout.strip() if found.returncode == 0 else ""


def _unknown(folder: Path, given: str) -> str:
    shallow = _git(folder, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"
    if shallow:
        return f"this clone is shallow and lacks {given or DEFAULTS[0]}; try: git fetch --unshallow"
    if _git(folder, "rev-parse", "--verify", "--quiet", "HEAD").returncode != 0:
        return "the repository has no commit yet; try: git add . && git commit --message=first"
    if given:
        return f"no commit {given!r} in this repository; try: git fetch, or make changes BASE=main"
    return f"neither {' nor '.join(DEFAULTS)} exists; try: make changes BASE=HEAD~1"


def check_out(commit: Commit, folder: Path, project: Path = ROOT) -> bool:
    """Write the project's files of a commit to a folder; return False if it had no project.

    Files are checked out, not archived, so that attributes such as export-ignore don't matter.

    Raises:
        OperationError: git failed.
    """
    tree = f"{commit.sha}:{commit.prefix}"
    if _git(project, "cat-file", "-e", f"{commit.sha}:{commit.prefix}cdk.json").returncode != 0:
        return False
    folder.mkdir(parents=True)
    index = {"GIT_INDEX_FILE": str(folder.with_name("index"))}
    top = Path(_git(project, "rev-parse", "--show-toplevel").stdout.strip())
    for arguments in (
        ("read-tree", tree),
        ("checkout-index", "--all", "--force", f"--prefix={folder}{os.sep}"),
    ):
        done = _git(top, *arguments, **index)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [""])[-1]
            raise OperationError(f"git can't check out {commit}: {last}")
    return True


def _git(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    try:
        # git of the PATH, as the user's; a list, and no shell (S603, S607).
        return subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            env={**os.environ, "LC_ALL": "C", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise OperationError("git is not installed; try: apt install git") from error
