"""The files of proof/faults as data, read without running them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAULTS = Path(__file__).resolve().parent.parent / "faults"
OTHERS = {"__pycache__", "careful", "handlers", "powertools", "refused_by_tools"}
FOLDERS = sorted({each.name for each in FAULTS.iterdir() if each.is_dir()} - OTHERS)
DEFAULT = {"alarm_email": "on-call@example.com"}
NAME = re.compile(r"(TAP\d{3})_[a-z0-9_]+")
EARLY = re.compile(r"(ruff|ty|jsii)_[a-z0-9_]+")


@dataclass(frozen=True)
class Change:
    """One change of a project, and the expected answer of the guardrails.

    Args:
        file: the file that contains it.
        name: the description of the change.
        function: the function that makes the change.
        takes: `stack` or `project`, the function's argument; `source`: the file itself is copied.
        rule: the rule, or the tool of `make check`, that rejects it; empty: none should.
        fix: the function that applies the printed fix; empty: the fix is to revert the change.
        fix_takes: the argument of that function.
        answers: the answers of a project that has the feature.
        source: the path in the project that the file is copied to.
        also: other rules that also reject it.
        advice: why the fix is advice and not code.
    """

    file: Path
    name: str
    function: str
    takes: str
    rule: str = ""
    fix: str = ""
    fix_takes: str = ""
    answers: str = json.dumps(DEFAULT)
    source: str = ""
    also: frozenset[str] = frozenset()
    advice: str = ""

    @property
    def module(self) -> str:
        """The import name of the file."""
        return ".".join(("proof", "faults", *self.file.relative_to(FAULTS).with_suffix("").parts))

    @property
    def line(self) -> int:
        """The number of the line that the finding names.

        Raises:
            ValueError: no line or more than one has the comment.
        """
        text = self.file.read_text(encoding="utf-8").splitlines()
        (number,) = (n for n, line in enumerate(text, 1) if line.endswith(f"# {self.rule}"))
        return number


def faults() -> list[Change]:
    """Return the faults that a rule rejects."""
    return [
        change
        for folder in FOLDERS
        for file in sorted((FAULTS / folder).glob("*.py"))
        for change in _changes(file, "fault", rule=_prefix(NAME, file))
    ]


def refused_by_tools() -> list[Change]:
    """Return the faults that a tool rejects before any rule."""
    files = sorted((FAULTS / "refused_by_tools").glob("*.py"))
    return [Change(each, _title(each), "", "source", _prefix(EARLY, each)) for each in files]


def careful() -> list[Change]:
    """Return the correct changes, which no rule rejects."""
    files = sorted((FAULTS / "careful").glob("*.py"))
    return [change for file in files for change in _changes(file, "change")]


def _prefix(form: re.Pattern[str], file: Path) -> str:
    found = form.fullmatch(file.stem)
    if found is None:
        raise ValueError(f"{file.relative_to(FAULTS)} is not named like {form.pattern}")
    return found.group(1)


def _title(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").rstrip(".")


def _changes(file: Path, prefix: str, **known: Any) -> Iterator[Change]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    values = dict(_literals(tree))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name, node in functions.items():
        if name != prefix and not name.startswith(f"{prefix}_"):
            continue
        fix = functions.get(name.replace(prefix, "fix", 1))
        source = values.get("SOURCE", "")
        yield Change(
            file=file,
            name=(ast.get_docstring(node) or _title(file)).rstrip("."),
            function=name,
            takes="source" if source else node.args.args[0].arg,
            fix=fix.name if fix else "",
            fix_takes=fix.args.args[0].arg if fix and fix.args.args else "",
            answers=json.dumps(values.get("ANSWERS", DEFAULT)),
            source=source,
            also=frozenset(values.get("ALSO", ())),
            advice=values.get("ADVICE", ""),
            **known,
        )


def _literals(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("ANSWERS", "ALSO", "ADVICE", "SOURCE"):
                yield name, ast.literal_eval(node.value)


def without(text: str, function: str) -> str:
    """Return a module's source without one of its functions."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return "".join(lines[: node.lineno - 1] + lines[node.end_lineno :])
    return text


def by_answers(changes: list[Change]) -> Mapping[str, list[Change]]:
    """Return the changes, grouped by the answers of their project."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.answers, []).append(change)
    return found
