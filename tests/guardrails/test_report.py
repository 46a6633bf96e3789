"""The report groups findings by cause, names the line, and stays short."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from proof.mutants.project import Project, rendered
from tap_guardrails import SITE, report
from tap_guardrails.places import Places
from tap_guardrails.report import Problem

EXPLAIN = "make rules RULE={}"
NOWHERE = Places([])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return rendered(tmp_path_factory.mktemp("report") / "project", {})


def careless(stack: cdk.Stack) -> None:
    """Add a function as a beginner would, and grant it everything."""
    code = Path(__file__).parents[2] / "proof" / "faults" / "handlers"
    function = lambda_.Function(
        stack,
        "Reports",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="undeclared.handler",
        code=lambda_.Code.from_asset(str(code)),
    )
    for construct in stack.node.find_all():
        for method in ("grant_read_write_data", "grant_read_write"):
            if hasattr(construct, method) and construct is not function:
                getattr(construct, method)(function)


def test_a_careless_function_prints_at_most_40_lines(project: Project, tmp_path: Path) -> None:
    assert len(project.report(careless, out=tmp_path)) >= 6
    problems = report.of_assembly(tmp_path)
    text = report.text(problems, NOWHERE, EXPLAIN)
    assert len(text.splitlines()) <= 40, text
    assert "Reports in tap-service-dev, tap-service-prod\n" in text
    assert "Reports/ServiceRole" in text
    for rule in ("AwsSolutions-IAM5", "TAP110", "TAP301", "TAP305", "TAP307", "TAP308"):
        assert f"\n  {rule} " in text


def problem(**given: Any) -> Problem:
    usual = {"rule": "TAP217", "message": "Is not rotated", "path": "dev/Key/Resource"}
    return Problem(**{**usual, "stack": "dev", "fix": "enable_key_rotation=True", **given})


def lines(*problems: Problem, places: Places = NOWHERE) -> list[str]:
    return report.text(problems, places, EXPLAIN).splitlines()


def test_a_finding_in_each_environment_is_printed_once() -> None:
    other = problem(path="prod/Key/Resource", stack="prod")
    assert lines(problem(), other) == [
        "Key in dev, prod",
        "  TAP217 Is not rotated",
        "      enable_key_rotation=True",
        f"      {SITE}/rules/TAP217/",
        "Rejected: 1 finding. Explanations and other fixes: make rules RULE=TAP217",
    ]


def test_a_finding_in_one_environment_names_it() -> None:
    both = [problem(rule="TAP601", path=f"{s}/Key/Resource", stack=s) for s in ("dev", "prod")]
    found = lines(*both, problem(path="prod/Key/Resource", stack="prod"))
    assert "  TAP217 Is not rotated [prod]" in found


def test_a_finding_of_many_constructs_is_printed_once() -> None:
    found = lines(*(problem(path=f"dev/{name}/Resource") for name in ("A", "B", "C")))
    assert found[:2] == ["A, B, C in dev", "  TAP217 Is not rotated"]
    assert found[-1].startswith("Rejected: 3 findings.")


def test_findings_alike_on_a_construct_are_counted() -> None:
    found = lines(*(problem(message=f"allows s3:{n}", fix="") for n in range(9)))
    assert found[1] == "  TAP217 allows s3:0 (and 8 more of this kind)"


def test_only_the_first_alternative_of_a_fix_is_printed() -> None:
    found = lines(problem(fix="one()\n# or, for a table\ntwo()\n# https://example.com"))
    assert [line for line in found if line.startswith("      ")] == [
        "      one()",
        f"      {SITE}/rules/TAP217/",
    ]


def test_the_page_of_a_rule_is_linked_once_and_only_if_it_exists() -> None:
    found = lines(problem(), problem(path="dev/Other/Resource"), problem(rule="AwsSolutions-S1"))
    assert [line.strip() for line in found if SITE in line] == [f"{SITE}/rules/TAP217/"]
    assert not [line for line in lines(problem(rule="OWN101")) if SITE in line]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dev/Orders/Queue/Resource", "stack.py:4"),
        ("dev/Orders/Key/Resource", "stack.py:3"),
        ("dev/Unknown/Resource", None),
        ("dev", None),
    ],
)
def test_a_construct_is_found_by_its_id(path: str, expected: str | None) -> None:
    source = """
def build(self):
    orders = Orders(self, "Orders")
    Queue(orders, "Queue")
    Key(orders, "Key")
    Key(orders, "Key")
"""
    assert Places([("stack.py", ast.parse(source))]).of(path) == expected


def test_a_line_that_the_cdk_recorded_is_preferred() -> None:
    places = Places([], {"dev/Key/Resource": "lib/stack.ts:7"})
    assert lines(problem(), places=places)[0] == "Key in dev (lib/stack.ts:7)"
