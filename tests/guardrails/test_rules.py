"""The rules are complete: each fault has rules, each rule a fault, a mutant and a page."""

from __future__ import annotations

import re

import pytest
from guardrails.__main__ import main, markdown
from guardrails.rules import RULES, Rule, rule

from proof.mutants.changes import mutants
from tests.guardrails import faults
from tests.guardrails.assembly import PROJECT

NOT_VISIBLE = {"TableV2 with a key and no region", "two indexes in one update"}


def test_every_seed_fault_has_a_rule() -> None:
    assert len(faults.SEED) == 16
    assert not [name for name, rules in faults.SEED.items() if not rules]


def test_every_trap_that_can_be_seen_has_a_rule() -> None:
    assert len(faults.TRAPS) == 56
    assert {name for name, rules in faults.TRAPS.items() if not rules} == NOT_VISIBLE


def test_every_rule_refuses_a_known_fault() -> None:
    known = faults.SEED | faults.TRAPS | faults.REVIEW
    named = " ".join(known.values()).split()
    assert set(named) == set(RULES)


def test_every_rule_has_a_mutant() -> None:
    assert {mutant.rule for mutant in mutants()} == set(RULES)


@pytest.mark.parametrize("each", RULES.values(), ids=RULES.keys())
def test_a_rule_says_what_happens_and_what_to_do(each: Rule) -> None:
    assert each.title.endswith(".")
    assert each.why.endswith(".")
    assert each.fix
    assert re.fullmatch(r"https://\S+", each.evidence)


def test_the_page_is_what_the_rules_say() -> None:
    page = (PROJECT / "docs" / "guardrails.md").read_text(encoding="utf-8")
    assert page == "\n".join(markdown()) + "\n", "run: python -m guardrails --markdown"


def test_the_page_is_the_same_in_every_project() -> None:
    page = (PROJECT / "docs" / "guardrails.md").read_text(encoding="utf-8")
    assert not re.search(r"\{[{%#]", page), "the page is rendered, so it can't hold Jinja"


def test_an_unknown_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--html"]) == 2
    assert "'--html' is not known; try --markdown" in capsys.readouterr().err


def test_the_list_names_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == sorted(RULES)


def test_a_rule_without_documentation_is_refused() -> None:
    with pytest.raises(TypeError, match="TAP999 needs a new id, and a title"):
        rule("TAP999", "run")(lambda _: [])
