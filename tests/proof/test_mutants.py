"""Faults are read and checked correctly, without a synth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proof.faults.files import replace
from proof.mutants import changes
from proof.mutants.changes import Change, without
from proof.mutants.trial import problem

BUCKET = "app/Bucket"
MODULE = '''"""Add a bucket."""

X = 1


def fault(stack):
    return X  # TAP101


def fix(stack):
    return X
'''


def change(rule: str = "TAP101", also: frozenset[str] = frozenset()) -> Change:
    return Change(Path("x.py"), "x", "fault", "stack", rule=rule, also=also)


def finding(rule: str = "TAP101", path: str = f"{BUCKET}/Resource", **more: Any) -> dict[str, Any]:
    text = f"{rule} infra/stack.py:7: it is wrong. A title."
    found = {"ruleName": rule, "description": text, "suggestedFix": "x=1\nhttps://example.com/"}
    named = [{"constructPath": path}]
    return {**found, "violatingConstructs": named, "plugin": "tap", **more}


def test_a_fault_is_caught_by_a_finding_of_its_construct() -> None:
    assert problem(change(), [finding()], [BUCKET]) == ""


@pytest.mark.parametrize("name", ["infra/stack.py", "infra/stack.py:7"])
def test_a_fault_of_a_file_is_caught_by_a_finding_that_names_it(name: str) -> None:
    assert problem(change(), [finding(path="")], [name]) == ""


@pytest.mark.parametrize(
    ("report", "wanted", "reason"),
    [
        ([], [BUCKET], "not caught; instead: []"),
        ([finding("TAP102")], [BUCKET], "not caught; instead: ['TAP102']"),
        ([finding(path="app/Bucket2")], [BUCKET], "['app/Bucket2'] named, not app/Bucket"),
        ([finding()], [BUCKET, "app/Other"], "named, not app/Other"),
        ([finding(path="")], ["infra/stack.py:8"], "named, not infra/stack.py:8"),
        ([finding()], [], "changed nothing"),
        ([finding(suggestedFix="")], [BUCKET], "no fix given"),
        ([finding(description="TAP101 Not judged: x")], [BUCKET], "no fix given"),
        ([finding(), finding("TAP102")], [BUCKET], "also rejected: ['TAP102']"),
    ],
)
def test_a_fault_is_not_caught_by_an_incomplete_finding(
    report: list[dict[str, Any]], wanted: list[str], reason: str
) -> None:
    assert reason in problem(change(), report, wanted)


def test_every_rule_listed_in_also_has_to_reject_the_fault() -> None:
    also = change(also=frozenset({"TAP102"}))
    assert problem(also, [finding(), finding("TAP102")], [BUCKET]) == ""
    assert problem(also, [finding()], [BUCKET]) == "['TAP102'] should also reject it"


def test_a_correct_change_has_no_findings() -> None:
    assert problem(change(""), [], []) == ""
    assert "also rejected: ['TAP101']" in problem(change(""), [finding()], [])


def test_the_cdks_validation_may_reject_a_fault_but_not_a_correct_change() -> None:
    circle = finding("F3004", plugin="CloudFormation Validate")
    assert problem(change(), [finding(), circle], [BUCKET]) == ""
    assert "also rejected: ['F3004']" in problem(change(""), [circle], [])


def test_a_failed_synth_is_not_a_finding() -> None:
    crash = finding("", description="KeyError: 'x'", plugin="")
    assert "KeyError" in problem(change(), [crash], [BUCKET])
    assert "KeyError" in problem(change(""), [crash], [])


def test_a_source_is_checked_without_its_fix() -> None:
    assert "def fix" not in without(MODULE, "fix")
    assert "def fault" in without(MODULE, "fix")
    assert without(MODULE, "") == MODULE


def test_the_line_of_a_finding_is_the_one_with_the_comment(tmp_path: Path) -> None:
    file = tmp_path / "TAP101_x.py"
    file.write_text(MODULE, encoding="utf-8")
    assert Change(file, "x", "fault", "source", rule="TAP101").line == 7


def test_a_file_with_another_name_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "FAULTS", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "no_rule.py").write_text(MODULE, encoding="utf-8")
    with pytest.raises(ValueError, match=r"data/no_rule\.py is not named like"):
        changes.faults()


def test_an_edit_that_changes_nothing_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old", encoding="utf-8")
    replace(file, "old", "new")
    with pytest.raises(LookupError, match=r"a\.txt has no 'old'; bring the fault up to date"):
        replace(file, "old", "new")
