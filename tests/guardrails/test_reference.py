"""docs/rules.md contains every rule, and is not stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from tap_guardrails.pages import documented
from tools import rules


def test_the_reference_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.main([]) == 0, capsys.readouterr().err


def test_the_reference_has_a_section_and_a_link_for_each_rule() -> None:
    page = rules.reference()
    for rule_id, rule in documented().items():
        assert page.count(f'\n### <a id="{rule_id.lower()}"></a>{rule_id}: {rule.title}\n') == 1
        assert page.count(f"[{rule_id}](#{rule_id.lower()})") == 1


def test_a_stale_reference_is_reported_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "rules.md"
    assert rules.main([], page) == 1
    assert capsys.readouterr().err == "docs/rules.md differs from the rules; try: make seal\n"
    assert not page.exists()
    assert rules.main(["--write"], page) == 0
    assert rules.main([], page) == 0


def test_code_blocks_are_closed() -> None:
    lines = rules.reference().splitlines()
    fences = [line for line in lines if line.startswith("```")]
    assert [fence == "```" for fence in fences] == [False, True] * (len(fences) // 2)
