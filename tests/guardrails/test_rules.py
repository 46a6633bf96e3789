"""The rules are complete: each fault has rules, each rule a fault and documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tap_guardrails import pages
from tap_guardrails.__main__ import main
from tap_guardrails.rule import REJECTED
from tap_guardrails.rules import RULES, WHEN, Rule, rule
from tests.guardrails import faults

NOT_VISIBLE = {"TableV2 with a key and no region", "two indexes in one update"}


def test_every_seed_fault_has_a_rule() -> None:
    assert len(faults.SEED) == 16
    assert not [name for name, rules in faults.SEED.items() if not rules]


def test_every_detectable_trap_has_a_rule() -> None:
    assert len(faults.TRAPS) == 56
    assert {name for name, rules in faults.TRAPS.items() if not rules} == NOT_VISIBLE


def test_every_rule_rejects_a_known_fault() -> None:
    known = faults.SEED | faults.TRAPS | faults.REVIEW
    named = " ".join(known.values()).split()
    assert set(named) == set(RULES)


@pytest.mark.parametrize("each", RULES.values(), ids=RULES.keys())
def test_a_rule_documents_consequence_and_fix(each: Rule) -> None:
    assert each.title.endswith(".")
    assert each.why.endswith(".")
    assert each.fix
    assert re.fullmatch(r"https://\S+", each.evidence)


@pytest.mark.parametrize("each", RULES.values(), ids=RULES.keys())
def test_a_rule_documents_its_limits(each: Rule) -> None:
    assert each.limits.endswith(".")


def test_the_list_has_a_line_for_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rules = pages.documented()
    wanted = {f"  {each.id}  {each.profile:5}  {each.title}" for each in rules.values()}
    assert {line for line in lines if line.startswith(" ")} == wanted
    assert rules.keys() > RULES.keys()


def test_the_list_is_grouped_by_subject(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    groups = capsys.readouterr().out.rstrip("\n").split("\n\n")
    headings = [group.splitlines()[0] for group in groups]
    assert "Every alarm can fire and notifies someone." in headings
    assert len(set(headings)) == len(headings)
    alarms = next(group for group in groups if "  TAP101  " in group)
    assert "  TAP115  " in alarms
    assert "  TAP201  " not in alarms


@pytest.mark.parametrize("each", RULES.values(), ids=RULES.keys())
def test_a_rule_is_printed_in_full(each: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", each.id]) == 0
    printed = capsys.readouterr().out
    one_line = " ".join(printed.split("\n"))
    assert printed.startswith(f"{each.id}  {each.title}\n")
    assert f"\nProfile: {each.profile}. Since: {each.since}. Conseq" in printed
    assert f"Consequence: {WHEN[each.when]}.  {each.why}" in one_line
    assert f"  Limits: {each.limits}  Bad:  " in one_line
    assert all(f"    {line}\n" in printed for line in each.fix.splitlines() if line)
    assert printed.endswith(f"{each.evidence}\n")


def test_a_page_contains_the_examples_without_their_functions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "TAP217"]) == 0
    printed = capsys.readouterr().out
    assert '\nBad:\n\n    kms.Key(stack, "Key")\n\nGood:\n\n    kms.Key(' in printed
    assert "def " not in printed


def test_a_page_contains_the_constants_of_an_example_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "TAP301"]) == 0
    bad, _, good = capsys.readouterr().out.partition("\nGood:\n")
    assert '    ORDERS = """\n' in bad
    assert "ORDERS =" not in good


def test_a_page_names_the_files_of_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "TAP612"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n    # .github/workflows/deploy.yml\n    jobs:\n") == 2


@pytest.mark.parametrize(("given", "likely"), [("TAP999", "TAP001"), ("tap302", "TAP302")])
def test_an_unknown_rule_is_rejected_with_a_suggestion(
    given: str, likely: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", given]) == 2
    printed, reported = capsys.readouterr()
    assert printed == ""
    assert reported == f"no rule {given!r}; try: tap-guardrails rules {likely}\n"


def test_a_rule_without_documentation_is_rejected() -> None:
    with pytest.raises(TypeError, match="TAP999 needs a new id, and a title"):
        rule("TAP999", "run")(_check())


def test_a_rule_with_an_unknown_consequence_is_rejected() -> None:
    with pytest.raises(TypeError, match="TAP999 happens 'later'; try one of 'deploy'"):
        rule("TAP999", "later")(_check(DOCUMENTED))


DOCUMENTED = """Something holds.

Otherwise something breaks.
https://example.com/

    fix()
"""


def _check(documentation: str = "", module: str = "tap_guardrails.rules.none") -> Any:
    def check(_: object) -> list[str]:
        return []

    check.__doc__, check.__module__ = documentation, module
    return check


@pytest.fixture
def registered() -> Iterator[list[str]]:
    """Return the problems of the rules that a test adds; remove the rules afterwards."""
    before, rejected = dict(RULES), list(REJECTED)
    yield REJECTED
    RULES.clear()
    RULES.update(before)
    REJECTED[:] = rejected


@pytest.mark.parametrize("rule_id", ["TAP999", "TAPX01", "own101", "OWN1", "1"])
def test_a_custom_rule_needs_a_unique_id(rule_id: str, registered: list[str]) -> None:
    rule(rule_id, "run")(_check(DOCUMENTED, "infra.rules"))
    assert rule_id not in RULES
    assert registered == [
        f"infra/rules.py: rule {rule_id!r} needs an id of capital letters and three digits,"
        " not TAP; try 'OWN101'"
    ]


def test_a_custom_rule_needs_documentation(registered: list[str]) -> None:
    rule("OWN101", "run")(_check("Only a title.", "infra.rules"))
    assert registered == [
        "infra/rules.py: rule 'OWN101' needs a new id, and a title, a reason, a link and a fix"
    ]


def test_a_custom_rule_is_listed(registered: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    rule("OWN101", "run")(_check(DOCUMENTED, "infra.rules"))
    assert registered == []
    assert main(["rules"]) == 0
    assert "\n  OWN101  core   Something holds.\n" in capsys.readouterr().out


def test_a_custom_rule_has_a_page_without_examples(
    registered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rule("OWN101", "run")(_check(DOCUMENTED, "infra.rules"))
    assert registered == []
    assert main(["rules", "OWN101"]) == 0
    assert capsys.readouterr().out.endswith(
        "Otherwise something breaks.\n\nFix:\n\n    fix()\n\nhttps://example.com/\n"
    )


def test_an_invalid_custom_rule_fails_the_list(
    registered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rule("TAP999", "run")(_check(DOCUMENTED, "infra.rules"))
    assert main(["rules"]) == 1
    assert "rule 'TAP999' needs an id" in capsys.readouterr().err
