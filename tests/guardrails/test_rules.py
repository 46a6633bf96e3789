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


def test_the_list_has_a_line_for_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rules = pages.documented()
    assert lines == [f"{rule_id}  {rules[rule_id].title}" for rule_id in sorted(rules)]
    assert rules.keys() > RULES.keys()


@pytest.mark.parametrize("each", RULES.values(), ids=RULES.keys())
def test_a_rule_is_printed_in_full(each: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", each.id]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{each.id}  {each.title}\n")
    assert f"Otherwise {WHEN[each.when]}: {each.why}" in " ".join(said.split("\n"))
    assert all(f"    {line}\n" in said for line in each.fix.splitlines() if line)
    assert said.endswith(f"{each.evidence}\n")


@pytest.mark.parametrize(("given", "likely"), [("TAP999", "TAP001"), ("tap302", "TAP302")])
def test_an_unknown_rule_is_rejected_with_a_suggestion(
    given: str, likely: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", given]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"no rule {given!r}; try: tap-guardrails rules {likely}\n")


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
    assert capsys.readouterr().out.startswith("OWN101  Something holds.\n")


def test_an_invalid_custom_rule_fails_the_list(
    registered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    rule("TAP999", "run")(_check(DOCUMENTED, "infra.rules"))
    assert main(["rules"]) == 1
    assert "rule 'TAP999' needs an id" in capsys.readouterr().err
