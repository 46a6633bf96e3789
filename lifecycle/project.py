"""A rendered project: its recorded answers and additions, its settings, and its working tree."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lifecycle.catalogue import Addition, Refused
from local_extensions.answers import asked

RECORD = ".cruft.json"
_OUTPUT = re.compile(r'\boutput\(\s*[\w.]+,\s*"(\w+)"')
_ROUTE = re.compile(r'"([A-Z]+ /[^"\s]*)"')
_CONSTRUCT = re.compile(r'\(\s*self,\s*"(\w+)"')


@dataclass(frozen=True)
class Project:
    """A project in a folder, which can be part of a repository."""

    root: Path

    @property
    def record(self) -> dict[str, Any]:
        """The release, the answers and the additions of the project.

        Raises:
            Refused: there is no record, or it can't be read.
        """
        file = self.root / RECORD
        try:
            loaded = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise Refused(
                f"{RECORD} is missing, which has the answers; try: git checkout HEAD -- {RECORD}"
            ) from None
        except (OSError, ValueError) as error:
            raise Refused(
                f"{RECORD} can't be read ({error}); try: git checkout HEAD -- {RECORD}"
            ) from None
        answers = loaded.get("context", {}).get("cookiecutter")
        if not isinstance(answers, dict):
            raise Refused(f"{RECORD} has no answers; try: git checkout HEAD -- {RECORD}")
        return dict(loaded)

    @property
    def answers(self) -> dict[str, Any]:
        """The answers to the template's questions; new questions have their defaults."""
        recorded = self.record["context"]["cookiecutter"]
        return {name: recorded[name] for name in asked() if name in recorded}

    @property
    def additions(self) -> list[Addition]:
        """The recorded additions."""
        return [Addition(**given) for given in self.record.get("additions", [])]

    def environments(self) -> str:
        """Return the names of the environments in infra/settings.py, separated by commas.

        Raises:
            Refused: there are none, or they have no plain names.
        """
        tree = self.parsed("infra/settings.py")
        names = [
            keyword.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Environment"
            for keyword in node.keywords
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
        ]
        if not names:
            raise Refused(
                "infra/settings.py has no environment with a plain name; write each as"
                ' Environment(name="dev", ...)'
            )
        return ",".join(str(name) for name in names)

    def constructs(self) -> set[str]:
        """Return the ids of the stack's own constructs."""
        files = ("infra/stack.py", "infra/base.py")
        return {found for file in files for found in _CONSTRUCT.findall(self.read(file))}

    def fields(self) -> set[str]:
        """Return the names of an environment's settings."""
        tree = self.parsed("infra/environment/__init__.py")
        classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Environment"]
        members = [member for found in classes for member in found.body]
        return _assigned(members) | {
            member.name for member in members if isinstance(member, ast.FunctionDef)
        }

    def constants(self) -> set[str]:
        """Return the names that service/names.py defines."""
        return _assigned(self.parsed("service/names.py").body)

    def outputs(self) -> set[str]:
        """Return the names of outputs that the stack's code spells out."""
        return {name for text in self._infrastructure() for name in _OUTPUT.findall(text)}

    def routes(self) -> set[str]:
        """Return the routes of openapi.json and those that the stack's code spells out.

        A document that can't be read has none; the addition that changes it reports it.
        """
        found = {route for text in self._infrastructure() for route in _ROUTE.findall(text)}
        try:
            paths = json.loads((self.root / "openapi.json").read_text(encoding="utf-8"))["paths"]
            found |= {f"{method.upper()} {path}" for path, each in paths.items() for method in each}
        except (AttributeError, LookupError, OSError, TypeError, ValueError):
            pass
        return found

    def _infrastructure(self) -> Iterator[str]:
        for file in sorted((self.root / "infra").rglob("*.py")):
            yield file.read_text(encoding="utf-8")

    def parsed(self, path: str) -> ast.Module:
        """Return the syntax tree of a file.

        Raises:
            Refused: it is missing, or no Python.
        """
        try:
            return ast.parse(self.read(path))
        except SyntaxError as error:
            raise Refused(f"{path}: line {error.lineno} is not Python: {error.msg}") from error

    def packages(self) -> set[str]:
        """Return the import names that a module of service/ would hide."""
        lock = self.root / "requirements" / "lambda.txt"
        text = lock.read_text(encoding="utf-8") if lock.exists() else ""
        locked = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
        return {*sys.stdlib_module_names, *(name.replace("-", "_").lower() for name in locked)}

    def read(self, path: str) -> str:
        """Return a file of the project.

        Raises:
            Refused: it is missing.
        """
        file = self.root / path
        try:
            return file.read_text(encoding="utf-8")
        except OSError:
            raise Refused(f"{path} is missing; try: git checkout HEAD -- {path}") from None

    def check_clean(self, command: str) -> None:
        """Require a git repository without uncommitted changes in the project.

        Raises:
            Refused: the project is in no repository, or has changes.
        """
        try:
            status = self.git("status", "--porcelain", "--untracked-files=all", "--", ".")
        except (OSError, subprocess.CalledProcessError):
            raise Refused(
                f"{command} needs git, to undo it;"
                " try: git init && git add -A && git commit -m start"
            ) from None
        if status.strip():
            changed = [line[3:] for line in status.splitlines()]
            some = f"{changed[0]} and {len(changed) - 1} more have"
            subject = some if len(changed) > 1 else f"{changed[0]} has"
            raise Refused(f"{subject} uncommitted changes; try: git add -A && git commit")

    def git(self, *arguments: str, check: bool = True) -> str:
        """Return the output of a git command in the project's folder."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            check=check,
            capture_output=True,
            text=True,
        )
        return done.stdout


def _assigned(statements: Iterable[ast.stmt]) -> set[str]:
    names = set()
    for statement in statements:
        if isinstance(statement, ast.AnnAssign):
            names.add(ast.unparse(statement.target))
        elif isinstance(statement, ast.Assign):
            names.update(map(ast.unparse, statement.targets))
    return names


def recorded(record: Mapping[str, Any], additions: list[Addition]) -> str:
    """Return the text of a record with these additions, in the order in which they were made."""
    changed = {**record, "additions": [each.record() for each in additions]}
    return json.dumps(changed, indent=2, ensure_ascii=False) + "\n"


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, relative to it, sorted."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder)
