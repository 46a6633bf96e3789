"""Runs commands of the release that rendered this project: `make add`, `change`, `update`.

The release and its tools are kept in the user's cache: only their first use needs a network. With
`TAP_TEMPLATE=/path/to/template` that checkout is used instead of the recorded release.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_project.assembly import ROOT, OperationError

RECORD = ".cruft.json"
LOCK = Path("requirements") / "lifecycle.txt"
OVERRIDE = "TAP_TEMPLATE"
_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Release:
    """One release of the template, in a folder.

    Args:
        folder: its files.
        commit: its commit; None for a folder that is used as it is.
    """

    folder: Path
    commit: str | None

    def run(self, command: str, arguments: Sequence[str]) -> int:
        """Run a command of the release on this project, and return its exit code.

        Raises:
            OperationError: the release is older than its commands, or they can't be installed.
        """
        if not (self.folder / LOCK).is_file():
            raise OperationError(
                f"release {self.commit or self.folder} of the template has no make {command};"
                " try: make update"
            )
        python = _tools(self.folder / LOCK)
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        sys.stdout.flush()
        # The release that this project was rendered from is trusted as its code is (S603).
        return subprocess.run(  # noqa: S603
            [python, "-m", "lifecycle", command, "--project", str(ROOT), *arguments],
            cwd=self.folder,
            env=environment,
            check=False,
        ).returncode


def recorded(root: Path = ROOT) -> tuple[str, str | None]:
    """Return the template's address and the commit that this project was rendered from.

    Raises:
        OperationError: there is no readable record.
    """
    file = root / RECORD
    try:
        state: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return str(state["template"]), state["commit"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise OperationError(
            f"{RECORD}, which names the template, can't be read ({error});"
            f" try: git checkout HEAD -- {RECORD}"
        ) from error


def current() -> Release:
    """Return the release that this project was rendered from.

    Raises:
        OperationError: it is unknown, or can't be fetched.
    """
    override = os.environ.get(OVERRIDE)
    if override:
        folder = Path(override).expanduser().resolve()
        if not (folder / "lifecycle").is_dir():
            raise OperationError(f"{OVERRIDE}={override} is no template; try: unset {OVERRIDE}")
        return Release(folder, None)
    template, commit = recorded()
    if commit is None:
        raise OperationError(
            f"{RECORD} names no commit, because the template was no git checkout;"
            f" try: {OVERRIDE}=/path/to/template make ..."
        )
    return release(template, commit)


def release(template: str, commit: str) -> Release:
    """Return a release from the cache, or fetch it.

    Raises:
        OperationError: it can't be fetched.
    """
    folder = cache() / "releases" / commit
    if not folder.is_dir():
        mirror = _mirror(template)
        if _git(mirror, "cat-file", "-e", f"{commit}^{{commit}}") is None:
            _fetch(mirror, template)
        with _complete(folder) as made:
            archive = made.parent / f"{commit}.tar"
            done = _git(mirror, "archive", "--output", str(archive), commit)
            if done is None:
                raise OperationError(
                    f"{template} has no commit {commit}; try: {OVERRIDE}=/path/to/template make ..."
                )
            shutil.unpack_archive(archive, made, filter="data")
            archive.unlink()
    return Release(folder, commit)


def latest(template: str) -> tuple[str, str]:
    """Return the newest release's tag and commit; without tags, the default branch's.

    Raises:
        OperationError: the template can't be reached.
    """
    mirror = _mirror(template)
    _fetch(mirror, template)
    tags = [tag for tag in (_git(mirror, "tag") or "").split() if _VERSION.fullmatch(tag)]
    if tags:
        newest = max(tags, key=_version)
        return newest, commit_of(template, newest)
    return "HEAD", commit_of(template, "HEAD")


def commit_of(template: str, name: str) -> str:
    """Return the commit of a tag, branch or commit.

    Raises:
        OperationError: there is no such release; the message names those that exist.
    """
    mirror = _mirror(template)
    for candidate in (name, f"origin/{name}"):
        found = _git(mirror, "rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}")
        if found:
            return found.strip()
    tags = [tag for tag in (_git(mirror, "tag") or "").split() if _VERSION.fullmatch(tag)]
    known = ", ".join(sorted(tags, key=_version)[-5:]) or "HEAD"
    raise OperationError(f"the template has no release {name!r}; try one of {known}")


def cache() -> Path:
    """Return the folder of the template's releases and tools."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "tap-template"


def _version(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in tag.removeprefix("v").split("."))


def _mirror(template: str) -> Path:
    """Return a clone of the template's repository without a working tree."""
    folder = cache() / "mirrors" / hashlib.sha256(template.encode()).hexdigest()[:16]
    if not folder.is_dir():
        print(f"Fetching {template}")
        with _complete(folder) as made:
            _run("clone", "--quiet", "--bare", template, str(made), template=template)
    return folder


def _fetch(mirror: Path, template: str) -> None:
    options = ("--quiet", "--force", "--tags", "--prune")
    _run(
        "-C",
        str(mirror),
        "fetch",
        *options,
        template,
        "+refs/heads/*:refs/heads/*",
        template=template,
    )


def _run(*arguments: str, template: str) -> None:
    # git is found on the PATH like any tool; it asks for no password (S603, S607).
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise OperationError("git is missing; install it, for example: apt install git") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["git failed"])[-1]
        raise OperationError(
            f"{template} can't be fetched ({reason}); try: {OVERRIDE}=/path/to/template make ..."
        )


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of git; None if it fails."""
    done = subprocess.run(  # noqa: S603  as above
        ["git", "-C", str(folder), *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def _tools(lock: Path) -> str:
    """Return the interpreter of an environment with the packages of a lock."""
    name = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = cache() / "tools" / f"{name}-{version}"
    if not (folder / ".installed").is_file():
        print("Installing the template's tools")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        # An environment can't be moved, so the stamp says that it is complete.
        venv.create(folder, with_pip=shutil.which("uv") is None)
        _install(folder / "bin" / "python", lock)
        (folder / ".installed").touch()
    return str(folder / "bin" / "python")


def _install(python: Path, lock: Path) -> None:
    options = ["install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
    if shutil.which("uv"):
        wrapper = str(Path(__file__).with_name("uv.py"))
        command = [sys.executable, wrapper, "pip", *options, "--python", str(python)]
    else:
        command = [str(python), "-m", "pip", *options, "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["the installer failed"])[-1]
        raise OperationError(
            f"the template's tools can't be installed ({reason}); try: pip config list"
        )


@contextlib.contextmanager
def _complete(folder: Path) -> Iterator[Path]:
    """Yield a new folder that gets its name when the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        yield made
        # Another process may have made it meanwhile.
        with contextlib.suppress(OSError):
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def update(to: str, arguments: Sequence[str]) -> int:
    """Update the project to a release, the newest by default; return the exit code.

    Both releases render the project as it is recorded, each with its own code; the new release
    merges the difference.

    Raises:
        OperationError: a release can't be fetched.
    """
    template, before = recorded()
    if before is None:
        raise OperationError(f"{RECORD} names no commit; try: uvx cruft link {template}")
    if to:
        _fetch(_mirror(template), template)
        name, after = to, commit_of(template, to)
    else:
        name, after = latest(template)
    if after == before:
        print(f"The project is up to date: {name} is {after[:12]}.")
        return 0
    with tempfile.TemporaryDirectory(prefix="tap-update-") as folder:
        old = str(Path(folder) / "old")
        status = release(template, before).run("render", ["--into", old])
        if status:
            return status
        given = ["--old", old, "--release", name, "--commit", after, "--from", before]
        tags = (_git(_mirror(template), "tag", "--points-at", before) or "").split()
        given += [f"--before-release={tags[0]}"] if tags else []
        return release(template, after).run("update", [*given, *arguments])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; print an error in one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["add", "change", "update"])
    parser.add_argument("--to", default="")
    given, rest = parser.parse_known_args(arguments)
    try:
        if given.command == "update":
            return update(given.to, rest)
        return current().run(given.command, rest)
    except OperationError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; to see what was changed: git status", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
