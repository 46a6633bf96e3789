"""The files that an addition adds to a project, and those that it changes."""

from __future__ import annotations

import re
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lifecycle import contract, pages
from lifecycle.catalogue import CATALOGUE, Addition, Refused
from lifecycle.graft import Misplaced, graft
from lifecycle.project import RECORD, Project
from lifecycle.rendering import addition_texts, rendered_texts

CONTRACT = "openapi.json"
RUFF = Path(sysconfig.get_path("scripts")) / "ruff"


@dataclass
class Edits:
    """The new contents of files, by their path in the project.

    Args:
        new: files that the project lacks.
        changed: files that it has.
    """

    new: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        """Write all files; each is replaced at once."""
        for path, text in {**self.new, **self.changed}.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            staged = file.with_name(f".{file.name}.new")
            staged.write_text(text, encoding="utf-8", newline="\n")
            staged.replace(file)


def edits_for(project: Project, answers: Mapping[str, Any], addition: Addition) -> Edits:
    """Return what an addition changes in a project.

    Args:
        project: the project, with its earlier additions.
        answers: its answers; `environments` are those of its settings.
        addition: the addition.

    Raises:
        Refused: a new file exists, or there is no place for a part.
    """
    lending = addition.lending()
    variables = {**addition.variables(), **_derived(addition)}
    rendered = addition_texts(addition.what, {**answers, **lending}, variables)
    edits = Edits()
    _add_new(project, _below(rendered, "new/"), edits)
    _add_parts(project, _below(rendered, "parts/"), addition, edits)
    _add_shared(project, _below(rendered, "shared/"), edits)
    if lending:
        _borrow(project, answers, addition, edits)
    formatted(project, edits)
    return edits


def _below(texts: Mapping[str, str], folder: str) -> dict[str, str]:
    return {
        path.removeprefix(folder): text for path, text in texts.items() if path.startswith(folder)
    }


def _derived(addition: Addition) -> dict[str, str]:
    """Return a path that tests the route, its variables, and its operation's name and tag."""
    method, _, path = addition.route.partition(" ")
    return {
        "__example": re.sub(r"\{\w+\}", "a", path),
        "__variables": " ".join(re.findall(r"\{(\w+)\}", path)),
        "__operation": f"{method.lower()}_{addition.module}",
        "__tag": next((part for part in path.split("/") if part), "root"),
    }


def _add_new(project: Project, texts: Mapping[str, str], edits: Edits) -> None:
    for path, text in texts.items():
        if (project.root / path).exists():
            raise Refused(f"{path} exists; try another NAME")
        edits.new[path] = text


def _add_shared(project: Project, texts: Mapping[str, str], edits: Edits) -> None:
    for path, text in texts.items():
        if not (project.root / path).exists():
            edits.new[path] = text


def _add_parts(
    project: Project, texts: Mapping[str, str], addition: Addition, edits: Edits
) -> None:
    later = {
        name for each in project.additions if each.order > addition.order for name in each.names
    }
    for path, part in texts.items():
        if path == CONTRACT and not part.strip():
            continue
        page = path.endswith(".md")
        if page and not (project.root / path).exists():
            continue  # the owner has no such page
        whole = project.read(path)
        try:
            if page:
                text = pages.merge(whole, part)
            elif path == CONTRACT:
                text = contract.merge(whole, part)
            else:
                text = graft(whole, part, later=later, own=addition.names)
        except Misplaced as error:
            raise Refused(f"{path}: {error}") from error
        if text != whole:
            edits.changed[path] = text


def _borrow(project: Project, answers: Mapping[str, Any], addition: Addition, edits: Edits) -> None:
    """Add the files of a project with other answers that this one lacks."""
    wanted = CATALOGUE[addition.what].borrowed
    lender = rendered_texts({**answers, **addition.lending()})
    files = set(lender)
    if wanted:
        files &= set(wanted)
    else:
        # A project without an API needs a worker, so the other one has an API.
        api = "rest" if answers["api"] == "none" else answers["api"]
        files -= set(rendered_texts({**answers, "api": api, "worker": "none"}))
    if addition.what == "worker":
        module = addition.module
        for path in (f"service/{module}.py", f"tests/test_{module}.py"):
            if (project.root / path).exists():
                raise Refused(f"{path} exists; try another NAME")
    for path in sorted(files):
        if path != RECORD and not (project.root / path).exists():
            edits.new[path] = lender[path]


def formatted(project: Project, edits: Edits) -> None:
    """Sort imports and format the Python files as the project does."""
    with tempfile.TemporaryDirectory(prefix="tap-format-") as made:
        root = Path(made)
        for known in ("infra", "service", "tests", "tap_guardrails", "tap_emulator", "tap_project"):
            (root / known).mkdir()
        (root / "pyproject.toml").write_text(project.read("pyproject.toml"), encoding="utf-8")
        for path in (*project.root.glob("service/*.py"), *project.root.glob("tests/*.py")):
            # isort tells the project's modules from packages by these files.
            (root / path.relative_to(project.root)).touch()
        python = {
            path: text
            for path, text in {**edits.new, **edits.changed}.items()
            if path.endswith(".py")
        }
        Edits(new=python).write(root)
        names = sorted(python)
        _ruff(root, ["check", "--quiet", "--select", "I,F401", "--fix-only", *names])
        _ruff(root, ["format", "--quiet", *names])
        for name in names:
            text = (root / name).read_text(encoding="utf-8")
            (edits.new if name in edits.new else edits.changed)[name] = text


def _ruff(root: Path, arguments: Iterable[str]) -> None:
    done = subprocess.run([RUFF, *arguments], cwd=root, check=False, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["ruff failed"])[-1]
        raise Refused(f"the changed files can't be formatted: {reason}")
