"""Start the project's own emulator for the template's tests: one for all variants."""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from local_extensions import answers
from proof.dependencies import uv

PROJECT = answers.TEMPLATE_ROOT / "{{cookiecutter.project_slug}}"
CACHE = answers.TEMPLATE_ROOT / ".cache" / "live"


# Python would write bytecode beside these modules, and cookiecutter would render it.
_COPY = Path(tempfile.mkdtemp(prefix="live-harness-"))
atexit.register(shutil.rmtree, _COPY, ignore_errors=True)
shutil.copytree(PROJECT / "tap_emulator", _COPY, dirs_exist_ok=True)
EXTENSION = _COPY / "extension"


def _load(name: str) -> ModuleType:
    """Import a module of tap_emulator, which is the same in every project."""
    source = _COPY / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"project_emulator_{name}", source)
    if spec is None or spec.loader is None:
        raise ImportError(f"{str(source)!r} can't be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


deployment: Any = _load("deployment")
emulator: Any = _load("emulator")


def installed() -> Path:
    """Return the interpreter of an environment with the project's requirements/live.txt.

    It is created once for each lock, and kept in .cache/.

    Raises:
        subprocess.CalledProcessError: the packages can't be installed.
    """
    lock = PROJECT / "requirements" / "live.txt"
    folder = CACHE / sha256(lock.read_bytes()).hexdigest()[:16]
    python = folder / "bin" / "python"
    stamp = folder / ".installed"
    if not stamp.exists():
        venv.create(folder, clear=True)
        install = "pip install --quiet --no-config --no-deps --require-hashes --python"
        uv([*install.split(), str(python), "-r", str(lock)]).check_returncode()
        stamp.touch()
    return python


@contextmanager
def running(log: Path) -> Iterator[Any]:
    """Start the emulator that `make live` of a project starts."""
    with emulator.running(installed(), log) as started:
        yield started
