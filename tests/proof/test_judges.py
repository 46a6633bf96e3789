"""Breakages of good templates: each applies, and guardrails notice what docs/judges.md says."""

from __future__ import annotations

from collections import Counter

import pytest

from proof.judges import board, guardrails, page
from proof.judges.breakage import SUBJECTS, Breakage, Draft, NothingChangedError, setting
from proof.judges.breakages import BREAKAGES
from proof.judges.choices import CHOICES
from proof.judges.good import Good, good

QUEUE = "AWS::SQS::Queue"


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Good]:
    return good(tmp_path_factory.mktemp("judges"))


def test_each_breakage_has_its_own_name() -> None:
    assert len(BREAKAGES) >= 210
    assert [name for name, n in Counter(each.id for each in BREAKAGES).items() if n > 1] == []


def test_the_page_lists_every_breakage() -> None:
    written = page.noticed(page.PAGE.read_text(encoding="utf-8"))
    assert set(written) == {each.id for each in BREAKAGES}


def test_choices_are_breakages() -> None:
    assert set(CHOICES) <= {each.id for each in BREAKAGES}


def test_the_good_templates_have_no_finding(variants: dict[str, Good]) -> None:
    for each in variants.values():
        assert guardrails.findings(each, each.body) == set()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_guardrails_notice_what_the_page_says(subject: str, variants: dict[str, Good]) -> None:
    written = page.noticed(page.PAGE.read_text(encoding="utf-8"))
    some = [each for each in BREAKAGES if each.kind == subject]
    assert some
    for each in some:
        origin = variants[each.variant]
        found = guardrails.findings(origin, each.apply(origin.body))
        assert board.rules_of(found) == written[each.id], each.id


def test_a_breakage_that_changes_nothing_is_an_error() -> None:
    template = {"Resources": {"Q": {"Type": QUEUE, "Properties": {"DelaySeconds": 0}}}}
    same = setting("limit-x", "", QUEUE, "DelaySeconds", 0)
    absent = setting("limit-y", "", "AWS::SNS::Topic", "TopicName", "x")
    nothing = Breakage("limit-z", "", lambda _: None)
    for each in (same, absent, nothing):
        with pytest.raises(NothingChangedError):
            each.apply(template)


def test_a_breakage_leaves_the_good_template_as_it_is() -> None:
    template = {"Resources": {"Q": {"Type": QUEUE, "Properties": {"DelaySeconds": 0}}}}
    broken = setting("limit-x", "", QUEUE, "DelaySeconds", 9).apply(template)
    assert broken["Resources"]["Q"]["Properties"] == {"DelaySeconds": 9}
    assert template["Resources"]["Q"]["Properties"] == {"DelaySeconds": 0}


def test_a_removed_resource_leaves_no_order_and_no_output() -> None:
    draft = Draft(
        {
            "Resources": {"Q": {"Type": QUEUE}, "R": {"Type": QUEUE, "DependsOn": ["Q", "S"]}},
            "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}}, "Other": {"Value": "x"}},
        }
    )
    draft.remove("Q")
    assert draft.template == {
        "Resources": {"R": {"Type": QUEUE, "DependsOn": ["S"]}},
        "Outputs": {"Other": {"Value": "x"}},
    }


def _row(name: str, **rules: list[str]) -> board.Row:
    change = Breakage(name, "", lambda _: None)
    given = {
        judge: rules.get(judge.replace("-", "_").replace(" ", "_"), []) for judge in board.JUDGES
    }
    return board.Row(change, given)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            _row("limit-a", checkov=["CKV_1"]),
            "limit-a is noticed by checkov, but not by make check",
        ),
        (_row("limit-b"), "limit-b is noticed by no one, and is not documented in choices.py"),
    ],
    ids=["by-others", "by-no-one"],
)
def test_what_make_check_misses_is_a_problem(row: board.Row, problem: str) -> None:
    noticed = [_row(f"limit-{n}", guardrails=["TAP371"]) for n in range(20)]
    assert [*board.problems(noticed)] == []
    assert [*board.problems([*noticed, row])] == [problem]


def test_too_few_findings_are_a_problem() -> None:
    table = [_row(f"limit-{n}", cdk_nag=["AwsSolutions-S1"]) for n in range(4)]
    assert [*board.problems(table)] == ["guardrails notice 0 of 4, less than 86%"]


def test_a_judge_notices_what_the_good_template_does_not_have() -> None:
    breakage = Breakage("limit-a", "", lambda _: None)
    judged = {judge: {"R1 a: same"} for judge in board.JUDGES}
    broken = judged | {board.GUARDRAILS: {"R1 a: same", "R2[x] b: new"}}
    (row,) = board.rows((breakage,), {"default": judged, "limit-a": broken})
    assert row.rules[board.GUARDRAILS] == ["R2"]
    assert not row.noticed(*board.JUDGES[1:])
