"""The Python interpreters of this machine that support a project's tools."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13", "3.14")


@cache
def installed() -> dict[str, Path]:
    """Return an interpreter for each installed version, this process's first."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = {own: Path(sys.executable)}
    for version in VERSIONS:
        name = f"python{version}"
        places = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/{name}"))
        if (first := shutil.which(name)) is not None:
            places.insert(0, Path(first))
        for python in places:
            if version not in found and _runs(python):
                found[version] = python
    return found


def _runs(python: Path) -> bool:
    """Return whether it can create environments; a shim's version may be missing."""
    command = [str(python), "-c", "import ensurepip"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
