"""The Jinja extension for Backstage's `fetch:cookiecutter`, which template.yaml names.

Backstage fetches the template into a folder named `{{cookiecutter and 'contents'}}`, below a
cookiecutter.json with the answers, and lets cookiecutter render that folder as the project: without
hooks, and without this package on the path. This extension is loaded first. It moves the template
to the place where cookiecutter expects one, in Backstage's temporary folder, and continues as
`current.AnswersExtension`.
https://github.com/backstage/community-plugins (scaffolder-backend-module-cookiecutter 0.3.27)
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

CONTENTS = "{{cookiecutter and 'contents'}}"
# What remains of the fetched folder; `record.py` recognises such a render by it.
FETCHED = "fetched"
# Parts of the template that cookiecutter or its hooks read.
NEEDED = (
    "{{cookiecutter.project_slug}} additions hooks lifecycle local_extensions templates".split()
)


class BackstageExtension(Extension):
    """Create the extension of `current.py`, after moving the template to its place."""

    def __new__(cls, environment: Environment) -> Any:
        """Return an instance of the template's own extension."""
        folder = Path(__file__).resolve().parents[1]
        if folder.name == CONTENTS and folder.exists():
            place(folder)
        current = importlib.import_module("local_extensions.current")
        return current.AnswersExtension(environment)


def place(contents: Path) -> None:
    """Move a fetched template up one folder, and put that folder on the path."""
    template = contents.parent
    for name in NEEDED:
        (contents / name).rename(template / name)
    # cookiecutter renders the first folder with `cookiecutter` in its name.
    contents.rename(template / FETCHED)
    if str(template) not in sys.path:
        sys.path.insert(0, str(template))
    importlib.invalidate_caches()
