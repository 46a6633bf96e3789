"""The table of a new project: resources by kind and environment, and their fixed cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tap_project import cost, summary
from tap_project.assembly import Stack

RESOURCES = {
    "dev": ["AWS::Lambda::Function", "AWS::KMS::Key", "AWS::IAM::Role"],
    "prod": ["AWS::Lambda::Function", "AWS::Lambda::Function", "AWS::CloudTrail::Trail"],
}


def test_resources_are_counted_by_kind_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks = {}
    for name, kinds in RESOURCES.items():
        template = tmp_path / f"{name}.json"
        resources = {f"R{number}": {"Type": kind} for number, kind in enumerate(kinds)}
        template.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
        stacks[name] = Stack(
            name=f"tap-{name}", environment=name, account=None, region="us-east-1",
            production=name == "prod", template=template,
        )  # fmt: skip
    monkeypatch.setattr(summary, "stacks", lambda: stacks)
    monkeypatch.setattr(cost, "own_prices", dict)
    assert summary.main() == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "Resources dev prod",
        "functions 1 2",
        "KMS keys 1 0",
        "audit trails 0 1",
        "others, such as roles and policies 1 0",
        "total 3 3",
        "USD a month, idle (make cost: with usage)",
        "KMS keys 1.00 0.00 1, 0 at 1.00 a month",
        "total 1.00 0.00",
    ]
