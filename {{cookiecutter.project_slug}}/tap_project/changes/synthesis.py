"""Synthesizes the working tree and its base into temporary folders, offline.

The base runs its own code with this tree's packages if both have the same requirements/synth.txt,
and with its own packages otherwise, so that the effect of an update is visible, too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from tap_guardrails.synth import SynthError, synthesize
from tap_project.archive import hash_file
from tap_project.assembly import ROOT, OperationError
from tap_project.changes.git import Commit

LOCK, LAYER_LOCK = Path("requirements/synth.txt"), Path("requirements/lambda.txt")
ARCHIVE = Path("build/dependencies.zip")


def synthesize_both(commit: Commit, base: Path, out: Path) -> tuple[Path, Path, list[str]]:
    """Return the assemblies of the base and of the working tree, and notes on differences.

    Args:
        commit: the base, for messages.
        base: its project folder.
        out: where to write the assemblies.

    Raises:
        OperationError: an app wrote no assembly; with its last line.
    """
    before, after = out / "before", out / "after"
    provide_layer(base)
    packages, notes = base_packages(commit, base)
    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(_synthesize, str(commit), base, before, packages),
            pool.submit(_synthesize, "the working tree", ROOT, after, Path(sys.prefix)),
        ]
        for run in runs:
            run.result()
    return before, after, notes


def provide_layer(base: Path) -> None:
    """Give the base the layer's archive, which no commit contains.

    With another lock, the base gets an empty archive with another hash, because only the layer's
    identity matters.
    """
    theirs, ours = base / ARCHIVE, ROOT / ARCHIVE
    if not ours.is_file():
        return
    theirs.parent.mkdir(parents=True, exist_ok=True)
    if _content(base / LAYER_LOCK) == _content(ROOT / LAYER_LOCK):
        shutil.copyfile(ours, theirs)
        shutil.copyfile(hash_file(ours), hash_file(theirs))
    else:
        with zipfile.ZipFile(theirs, "w") as archive:
            archive.writestr("python/placeholder", "")
        digest = sha256(_content(base / LAYER_LOCK)).hexdigest()
        hash_file(theirs).write_text(f"{digest}\n", encoding="utf-8")


def base_packages(commit: Commit, base: Path) -> tuple[Path, list[str]]:
    """Return the Python environment for the base, and a note if it is not that of its lock."""
    ours = Path(sys.prefix)
    if _content(base / LOCK) == _content(ROOT / LOCK):
        return ours, []
    print(f"{LOCK} differs: installing that of {commit}", file=sys.stderr)
    make = ["make", "--no-print-directory", ".venv/.synth", f"PYTHON={sys.executable}"]
    foreign = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")
    try:
        # make of the PATH, which runs this command, too; a list, and no shell (S603).
        done = subprocess.run(  # noqa: S603
            make,
            cwd=base,
            env={name: value for name, value in os.environ.items() if name not in foreign},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        failed = done.returncode != 0
    except FileNotFoundError:
        failed = True
    if not failed:
        return base / ".venv", []
    return ours, [
        f"{LOCK} of {commit} can't be installed, so that both sides use this tree's packages:"
        " changes that only come from newer packages are not shown"
    ]


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _synthesize(name: str, project: Path, out: Path, packages: Path) -> None:
    path = os.pathsep.join(_path(packages))
    try:
        command = json.loads((project / "cdk.json").read_text(encoding="utf-8"))["app"]
        synthesize(command, out, project, {"PATH": path, "AWS_EC2_METADATA_DISABLED": "true"})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperationError(f"{name} has no app in cdk.json; try: git diff cdk.json") from error
    except SynthError as error:
        raise OperationError(f"{name} can't be synthesized: {error}") from error


def _path(packages: Path) -> Iterator[str]:
    """Yield the folders of PATH, with those of a Python environment first."""
    yield str(packages / "bin")
    yield from os.environ.get("PATH", os.defpath).split(os.pathsep)
