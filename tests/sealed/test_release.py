"""Releases are settings with few valid values, and their cost and changes are reported."""

from __future__ import annotations

from typing import Any

import pytest

from tap_project import cost
from tap_project.changes import Section
from tap_project.release import ALL_AT_ONCE, CANARIES, Release, check_release
from tests.guardrails.assembly import att, ref
from tests.support.changes import Compare, resource, texts

SNAPSHOTS = {"SnapStart": {"ApplyOn": "PublishedVersions"}, "MemorySize": 1024}


def test_all_at_once_is_no_canary() -> None:
    assert Release() == ALL_AT_ONCE
    assert ALL_AT_ONCE.canary is None


@pytest.mark.parametrize(("percent", "minutes"), CANARIES)
def test_canaries_of_codedeploy_are_accepted(percent: int, minutes: int) -> None:
    found = Release(percent=percent, minutes=minutes).canary
    assert found == f"CodeDeployDefault.LambdaCanary{percent}Percent{minutes}Minutes"


@pytest.mark.parametrize(
    ("percent", "minutes", "nearest"),
    [(20, 5, 5), (10, 0, 5), (10, 12, 10), (100, 30, 30), (10, 60, 30), (0, 5, 5)],
)
def test_other_canaries_are_rejected_with_the_nearest(
    percent: int, minutes: int, nearest: int
) -> None:
    with pytest.raises(ValueError, match="is not offered by CodeDeploy") as caught:
        Release(percent=percent, minutes=minutes)
    assert f"try percent=10 and minutes={nearest} " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-east-1", "ap-southeast-6"])
def test_snapshots_are_rejected_where_lambda_has_none(region: str) -> None:
    Release(percent=10, minutes=5).check(region, "dev")
    with pytest.raises(ValueError, match=f"not offered in {region}; try snap_start=False"):
        Release(snap_start=True).check(region, "dev")


def test_another_value_is_rejected_with_an_example() -> None:
    with pytest.raises(ValueError, match="release True of 'dev' is not a Release; try Release"):
        check_release(True, "us-east-1", "dev")


def test_snapshots_are_accepted_elsewhere() -> None:
    Release(snap_start=True).check("eu-central-1", "dev")


@pytest.fixture
def _no_own_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read no pyproject.toml, which the template has as a template."""
    monkeypatch.setattr(cost, "own_prices", dict)


@pytest.mark.usefixtures("_no_own_prices")
def test_snapshots_have_a_price() -> None:
    template = {"Resources": {"F": resource("AWS::Lambda::Function", SNAPSHOTS)}}
    (line,) = cost.fixed(template)
    # 1 GB for 730 hours of 3600 seconds
    assert line.usd == pytest.approx(0.0000015046 * 730 * 3600)
    assert "restore" in cost.used(template)


@pytest.mark.usefixtures("_no_own_prices")
@pytest.mark.parametrize("snapshots", [{}, {"SnapStart": {"ApplyOn": "None"}}])
def test_functions_without_snapshots_pay_for_none(snapshots: dict[str, Any]) -> None:
    template = {"Resources": {"F": resource("AWS::Lambda::Function", snapshots)}}
    assert cost.fixed(template) == []
    assert "restore" not in cost.used(template)


def released(number: str, function: str = "F") -> dict[str, Any]:
    """Return an alarm on one version of a function."""
    version = f"FCurrentVersion{number}"
    dimensions = [
        {"Name": "FunctionName", "Value": ref(function)},
        {"Name": "ExecutedVersion", "Value": att(version, "Version")},
    ]
    alarm = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": dimensions}
    return {
        "F": resource("AWS::Lambda::Function"),
        "G": resource("AWS::Lambda::Function"),
        version: resource("AWS::Lambda::Version", {"FunctionName": ref(function)}),
        "Alarm": resource("AWS::CloudWatch::Alarm", alarm),
    }


def test_an_alarm_on_the_newest_version_watches_the_same(compare: Compare) -> None:
    assert not texts(compare(released("a"), released("b")), Section.ALARMS)


def test_an_alarm_on_a_version_of_another_function_watches_something_else(
    compare: Compare,
) -> None:
    assert texts(compare(released("a"), released("b", "G")), Section.ALARMS)
