"""The files of proof/faults: each rule has one, each has the right form, each fix is tested."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from proof.mutants import changes
from proof.mutants.changes import FAULTS, Change
from tap_guardrails.rules import RULES, Rule

FILES = sorted(FAULTS.rglob("*.py"))
HELPERS = {"__init__.py", "files.py", "resources.py", "tree.py"}
HANDLERS = {"handlers", "powertools"}
CHANGES = [*changes.faults(), *changes.careful()]
COMMENT = re.compile(r"(^|\s+)# .*$", re.MULTILINE)


def test_every_rule_has_a_fault() -> None:
    assert {fault.rule for fault in changes.faults()} == set(RULES)


def test_every_file_is_run() -> None:
    run = {change.file for change in [*CHANGES, *changes.refused_by_tools()]}
    others = {file for file in FILES if file.parent.name in HANDLERS or file.name in HELPERS}
    assert run | others == set(FILES)
    assert not run & others


def test_a_fault_is_in_the_folder_of_its_rule() -> None:
    for fault in changes.faults():
        assert (
            RULES[fault.rule].check.__module__ == f"tap_guardrails.rules.{fault.file.parent.name}"
        )


def test_no_two_changes_have_the_same_name() -> None:
    names = [(change.rule, change.name) for change in [*CHANGES, *changes.refused_by_tools()]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_has_a_one_line_docstring(file: Path) -> None:
    first = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n")[0]
    assert re.fullmatch(r"[A-Z].*\.", first)


@pytest.mark.parametrize(
    "change", [c for c in CHANGES if c.fix], ids=lambda c: f"{c.file.stem}-{c.function}"
)
def test_a_fix_begins_with_the_fault(change: Change) -> None:
    # It repeats the fault or shares its code; without the fault, there are no findings either.
    tree = ast.parse(change.file.read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if change.takes == "source":
        return
    faulty = {"fault", change.function} | _called(functions[change.function])
    assert _called(functions[change.fix]) & faulty


def _called(function: ast.FunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = {each.id for each in calls if isinstance(each, ast.Name)}
    return names | {each.attr for each in calls if isinstance(each, ast.Attribute)}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_printed_fix_is_run(rule: Rule) -> None:
    faults = [fault for fault in changes.faults() if fault.rule == rule.id]
    if any(fault.advice for fault in faults):
        return
    files = {fault.file for fault in faults} | {FAULTS / "resources.py"}
    files |= set((FAULTS / "handlers").glob("*.py"))
    text = _squeezed("".join(file.read_text(encoding="utf-8") for file in sorted(files)))
    for code in _alternatives(rule.fix):
        assert _squeezed(code) in text


def _alternatives(fix: str) -> Iterator[str]:
    """Yield the code of each alternative, except those that only remove lines."""
    for alternative in re.split(r"^# or\b.*$", fix, flags=re.MULTILINE):
        lines = [line for line in alternative.splitlines() if not line.startswith("- ")]
        if code := COMMENT.sub("", "\n".join(lines)).strip().rstrip(","):
            yield code


def _squeezed(code: str) -> str:
    """Return code without formatting, and with one name for the stack."""
    text = re.sub(r"\bself\b", "stack", COMMENT.sub("", code))
    return re.sub(r",(?=[\])}])", "", re.sub(r"\s", "", text))


def test_the_printed_fix_of_a_fault_that_is_removed_has_no_code() -> None:
    assert [*_alternatives("- x=1,\n# or\n- y=2  # why")] == []


def test_alternatives_of_a_printed_fix_are_compared_apart_from_their_format() -> None:
    (first, second) = _alternatives("f(self, [1,\n 2,],)  # why\n# or, elsewhere\nx=1,")
    assert _squeezed(first) == "f(stack,[1,2])"
    assert second == "x=1"
