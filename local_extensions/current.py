"""The extension in cookiecutter.json, which loads the template's code from disk again.

`cruft update` renders two releases in one process, from one folder. Python would use the code of
the first for both, without the filters of the new release.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

FOLDER = Path(__file__).resolve().parent


class AnswersExtension(Extension):
    """Create the extension of `extension.py`, imported again if the release on disk changed."""

    def __new__(cls, environment: Environment) -> Any:
        """Return an instance of the class on disk."""
        package = sys.modules[__package__]
        loaded = sys.modules.get(f"{__package__}.extension")
        if loaded is not None and getattr(loaded, "RELEASE", None) != release():
            for name in [n for n in sys.modules if n.startswith(f"{__package__}.")]:
                if name != __name__:
                    del sys.modules[name]
                    vars(package).pop(name.rpartition(".")[2], None)
            importlib.invalidate_caches()
        extension = importlib.import_module(f"{__package__}.extension")
        return extension.AnswersExtension(environment)


def release() -> str:
    """Return a hash of the code, the questions and the data that the code reads."""
    data = FOLDER.parent.glob("*cookiecutter.project_slug*/*/*.json")
    files = [FOLDER.parent / "cookiecutter.json", *sorted(FOLDER.glob("*.py")), *sorted(data)]
    return _hash(tuple((file, file.stat().st_mtime_ns) for file in files))


@cache
def _hash(files: tuple[tuple[Path, int], ...]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file, _ in files)).hexdigest()
