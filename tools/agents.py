"""Writes AGENTS.md of this repository and of projects: `python -m tools.agents --write`.

In a project, `make agents` writes the same part, and `make check` finds what is stale.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from types import ModuleType

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from tools import rules

COMMAND = "make seal"
PROJECT = TEMPLATE_ROOT / PROJECT_FOLDER
FILES = (TEMPLATE_ROOT / "AGENTS.md", PROJECT / "AGENTS.md")
GUIDE = TEMPLATE_ROOT / "CONTRIBUTING.md"


def module() -> ModuleType:
    """Return the module of the project's command."""
    rules.pages()  # puts the sealed packages on the path
    return importlib.import_module("tap_project.agents")


def of_template() -> str:
    """Return AGENTS.md of this repository, from CONTRIBUTING.md and the Makefile."""
    guide = GUIDE.read_text(encoding="utf-8")
    here, _, _ = _section(guide, "Architecture").partition("\nIn a rendered project")
    layout = re.findall(r"^\| (`[^|]+) \| ([^|]*) \|", here, re.MULTILINE)
    sealed = module()
    commands = sealed.commands(TEMPLATE_ROOT / "Makefile")
    lines = [
        "# tap-template: notes for coding agents",
        "",
        f"Written by `{COMMAND}` from CONTRIBUTING.md, the Makefile and the rules; edit those.",
        "",
        "A cookiecutter template of AWS CDK projects. [CONTRIBUTING.md](CONTRIBUTING.md) says",
        "where each change goes, [docs/decisions.md](docs/decisions.md) has reasons. Run the",
        "tests of what you change (`make test ARGS='tests/answers -k slug'`), then `make lint`.",
        "",
        "| folder | content |",
        "|---|---|",
        *(f"| {folder} | {content} |" for folder, content in layout),
        "",
        "## Rules",
        "",
        _section(guide, "Rules").strip(),
        "",
        "## Commands",
        "",
        "| command | |",
        "|---|---|",
        *(f"| `make {target}` | {text.replace('|', '/')} |" for target, text in commands),
        "",
        "## Guardrails",
        "",
        f"{len(rules.pages().documented())} rules ([docs/rules.md](docs/rules.md)) check projects.",
        "The template's own stacks must pass all of them, in every variant:",
        "",
        *sealed.rules(),
    ]
    return "\n".join(lines) + "\n"


def _section(page: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError(f"{GUIDE.name} has no section {heading!r}")
    return found.group(1)


def of_project() -> str:
    """Return the source of a project's AGENTS.md, which its answers complete."""
    sealed = module()
    text: str | None = sealed.replaced(
        FILES[1].read_text(encoding="utf-8"), sealed.written(PROJECT)
    )
    if text is None:
        raise ValueError(f"{FILES[1].name} has no place for the commands")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files if asked to; return 1 if one is stale."""
    parser = argparse.ArgumentParser(prog="python -m tools.agents", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the files")
    given = parser.parse_args(arguments)
    status = 0
    for file, text in zip(FILES, (of_template(), of_project()), strict=True):
        name = file.relative_to(TEMPLATE_ROOT).as_posix()
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            print(f"{name} is up to date.")
        elif given.write:
            file.write_text(text, encoding="utf-8")
            print(f"{name}: updated.")
        else:
            print(f"{name} is stale; try: {COMMAND}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
