"""Values that make's commands read from `[tool.tap]` in a project's pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tap_project import answers, cost, destroy
from tap_project.assembly import OperationError, Stack
from tests.conftest import Bake


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a project without files."""
    monkeypatch.setattr(answers, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("ci", answers.PIPELINES)
def test_a_project_records_its_pipelines(
    ci: str, bake: Bake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ROOT", bake(ci=ci))
    assert answers.ci() == ci


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"pyproject.toml can't be read .*; try: git diff pyproject.toml"),
        ("[tool", r"pyproject.toml can't be read"),
        ("", r"ci is None under \[tool.tap\] .*; try: ci = \"github\""),
        ("[tool]\ntap = 1", r"ci is None"),
        ('[tool.tap]\nci = "jenkins"', r"ci is 'jenkins' .* not one of 'github', 'gitlab', 'none'"),
    ],
    ids=["missing", "broken", "empty", "no table", "unknown"],
)
def test_an_invalid_record_is_rejected(text: str | None, message: str, root: Path) -> None:
    if text is not None:
        (root / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match=message):
        answers.ci()


def test_nothing_is_destroyed_before_the_record_is_read(root: Path) -> None:
    stack: Any = Stack(
        name="tap-dev", environment="dev", account=None, region="us-east-1", production=False,
        template=root,
    )  # fmt: skip
    unused_session: Any = None
    with pytest.raises(OperationError, match="pyproject"):
        destroy.destroy(unused_session, stack, lambda _: pytest.fail("deleted"))


TEMPLATE = {"Resources": {name: {"Type": "AWS::Transfer::Server"} for name in ("A", "B")}}


def price(root: Path, usd: str) -> None:
    """Write a custom price of a server."""
    text = f'[tool.tap.prices]\n"AWS::Transfer::Server" = {usd}\n'
    (root / "pyproject.toml").write_text(text, encoding="utf-8")


def test_a_price_of_the_owner_is_used(root: Path) -> None:
    price(root, "0.40")
    assert cost.unpriced(TEMPLATE) == set()
    (line,) = cost.fixed(TEMPLATE)
    assert (line.item, line.count, line.usd) == ("AWS::Transfer::Server", 2, 0.8)
    row = "| AWS::Transfer::Server | 0.80 | 2 at 0.40 a month |"
    assert row in cost.fixed_table({"dev": TEMPLATE})


def test_a_price_that_is_not_a_number_is_rejected(root: Path) -> None:
    price(root, "true")
    with pytest.raises(OperationError, match=r"AWS::Transfer::Server .* is True; try: "):
        answers.own_prices()


def test_reasons_for_replacements_are_read(root: Path) -> None:
    text = '[tool.tap.replacements]\n"dev/Table" = "copied to the new one"\n'
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    assert answers.reasons() == {"dev/Table": "copied to the new one"}


@pytest.mark.parametrize("reason", ["''", "'ok'", "true"])
def test_a_reason_that_explains_nothing_is_rejected(reason: str, root: Path) -> None:
    text = f'[tool.tap.replacements]\n"dev/Table" = {reason}\n'
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match=r"the reason of 'dev/Table' .*; try: \"dev/Table\" ="):
        answers.reasons()
