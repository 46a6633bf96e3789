"""The reports of many machines, joined: nothing is left out unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import variants
from tools import completeness


def report(folder: Path, name: str, verdicts: dict[str, str]) -> Path:
    file = folder / name
    rows = [{"id": variant, "verdict": verdict} for variant, verdict in verdicts.items()]
    file.write_text(json.dumps({"variants": rows}), encoding="utf-8")
    return file


def test_reports_that_name_every_variant_are_complete(tmp_path: Path) -> None:
    first = report(tmp_path, "1.json", {"a": "passed"})
    second = report(tmp_path, "2.json", {"b": "passed"})
    assert completeness.problems([first, second], ["a", "b"]) == []


def test_a_variant_that_no_report_names_is_a_problem(tmp_path: Path) -> None:
    found = completeness.problems([report(tmp_path, "1.json", {"a": "passed"})], ["a", "b"])
    assert found == ["b: not reported"]


def test_a_variant_that_failed_is_a_problem(tmp_path: Path) -> None:
    found = completeness.problems([report(tmp_path, "1.json", {"a": "synth failed"})], ["a"])
    assert found == ["a: synth failed"]


def test_no_reports_are_not_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert completeness.main([]) == 1
    assert capsys.readouterr().out == f"0 of {len(variants.product())} variants passed\n"
