"""The record of a project's answers and release, in the form that cruft reads and writes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from typing import Any

from local_extensions.answers import TEMPLATE_ROOT, asked
from local_extensions.backstage import FETCHED

NAME = ".cruft.json"
REPOSITORY = "https://github.com/org/tap-template"


def text(answers: Mapping[str, Any]) -> str:
    """Return the record as JSON; empty under cruft, which writes its own.

    `_output_dir` is in the answers wherever cookiecutter itself renders.
    """
    if "_output_dir" not in answers:
        return ""
    template, commit = _origin(str(answers.get("_template", TEMPLATE_ROOT)))
    given = {name: answers[name] for name in asked() if name in answers}
    state = {
        "template": template,
        "commit": commit,
        "checkout": answers.get("_checkout") or None,
        "context": {"cookiecutter": {**given, "_template": template}},
        "directory": None,
    }
    return json.dumps(state, indent=2, ensure_ascii=False)


@cache
def _origin(template: str) -> tuple[str, str | None]:
    """Return where the template comes from, and the commit; None without git.

    A clone that cookiecutter made is named by its remote, which others have, too.
    """
    if (TEMPLATE_ROOT / FETCHED).is_dir():
        return REPOSITORY, None  # Backstage's folder is temporary, and it doesn't pass the commit
    commit = _git("rev-parse", "HEAD")
    remote = _git("remote", "get-url", "origin")
    local = template.startswith((".", "/", "~")) or not (":" in template or "/" in template)
    if commit is not None and remote is not None and not local:
        return remote, commit
    return str(TEMPLATE_ROOT), commit


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=TEMPLATE_ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None
