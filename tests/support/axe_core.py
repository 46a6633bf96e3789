"""axe-core, which reports what a page denies to people with disabilities."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from local_extensions.answers import TEMPLATE_ROOT
from proof.cold_process import NODE, NPM, environment

AXE = Path(__file__).with_name("axe")


def axe() -> str:
    """Return the source of axe-core, which npm installs once by its lock."""
    folder = TEMPLATE_ROOT / ".cache" / "axe"
    lock = AXE / "package-lock.json"
    if not folder.exists() or (folder / lock.name).read_bytes() != lock.read_bytes():
        folder.mkdir(parents=True, exist_ok=True)
        for file in AXE.iterdir():
            shutil.copy(file, folder)
        command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--loglevel=error"]
        subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
