"""Writes the checksums of the packages that are copied to every project: `make seal`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT

PROJECT = TEMPLATE_ROOT / PROJECT_FOLDER


def sealing() -> ModuleType:
    """Return the module of the guardrails that calculates the seal."""
    file = PROJECT / "tap_guardrails" / "seal.py"
    spec = importlib.util.spec_from_file_location("seal", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Bytecode beside it would be rendered without hooks.
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def main(project: Path = PROJECT) -> int:
    """Write the seal, and print whether it changed."""
    seal = sealing()
    file = project / seal.SEAL
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    after = seal.seal(project)
    file.write_text(after, encoding="utf-8")
    print(
        f"{seal.SEAL}: {len(after.splitlines())} files" + ("." if after == before else ", updated.")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
