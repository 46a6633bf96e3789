"""Rules about alarms check any template against CloudWatch's behaviour alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tap_guardrails.model import App
from tap_guardrails.rules import RULES
from tests.guardrails.assembly import Assembly, att, ref, resource

ALARM = "AWS::CloudWatch::Alarm"
PLAIN = {
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 300,
    "Statistic": "Sum",
    "EvaluationPeriods": 3,
}


def found(folder: Path, rule: str, subject: str, **resources: dict[str, Any]) -> list[str]:
    """Return the findings of a rule about one resource of a template."""
    app = App(Assembly(folder).stack(resources).folder)
    details = RULES[rule].check(app.templates[0].resources[subject])
    return [each if isinstance(each, str) else each[1] for each in details]


def query(name: str, metric: str, namespace: str = "AWS/DynamoDB") -> dict[str, Any]:
    """Return a metric of an alarm on metric math."""
    dimensions = [{"Name": "TableName", "Value": ref("Table")}]
    metric_ = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
    stat = {"Metric": metric_, "Period": 60, "Stat": "Sum"}
    return {"Id": name, "MetricStat": stat, "ReturnData": False}


@pytest.mark.parametrize(("protocol", "count"), [("email", 1), ("email-json", 1), ("https", 0)])
def test_only_mail_is_not_sent_on_changes_to_ok(tmp_path: Path, protocol: str, count: int) -> None:
    subscription = {"TopicArn": ref("Topic"), "Protocol": protocol, "Endpoint": "a@example.com"}
    details = found(
        tmp_path,
        "TAP113",
        "Alarm",
        Alarm=resource(ALARM, properties={**PLAIN, "OKActions": [ref("Topic")]}),
        Topic=resource("AWS::SNS::Topic"),
        Subscription=resource("AWS::SNS::Subscription", properties=subscription),
    )
    assert len(details) == count


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({}, 0),
        ({"EvaluationPeriods": 288}, 0),
        ({"EvaluationPeriods": 289}, 1),
        ({"Period": 86400, "EvaluationPeriods": 7}, 0),
        ({"Period": 86400, "EvaluationPeriods": 8}, 1),
        ({"Period": 90}, 1),
        ({"Period": 10}, 0),
        ({"DatapointsToAlarm": 4}, 1),
        ({"EvaluationPeriods": "288"}, 0),
    ],
    ids=str,
)
def test_an_alarm_evaluates_a_time_that_cloudwatch_accepts(
    tmp_path: Path, change: dict[str, Any], count: int
) -> None:
    alarm = resource(ALARM, properties={**PLAIN, **change})
    assert len(found(tmp_path, "TAP114", "Alarm", Alarm=alarm)) == count


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("a + b", 1),
        ("FILL(a, 0) + FILL(b, 0)", 0),
        ("SUM([a, b])", 0),
        ("SUM(METRICS())", 0),
        ("a / b", 0),
    ],
)
def test_a_sum_of_metrics_with_gaps_is_rejected(
    tmp_path: Path, expression: str, count: int
) -> None:
    metrics = [
        {"Id": "sum", "Expression": expression, "ReturnData": True},
        query("a", "SystemErrors"),
        query("b", "SystemErrors"),
    ]
    alarm = resource(ALARM, properties={"Metrics": metrics, "EvaluationPeriods": 1})
    assert len(found(tmp_path, "TAP115", "Alarm", Alarm=alarm)) == count


def test_a_percentage_of_capacity_is_accepted(tmp_path: Path) -> None:
    metrics = [
        {"Id": "used", "Expression": "100 * a / 6000", "ReturnData": True},
        query("a", "ConsumedWriteCapacityUnits"),
    ]
    limit = {"MaxWriteRequestUnits": 100}
    table = {"BillingMode": "PAY_PER_REQUEST", "OnDemandThroughput": limit}
    details = found(
        tmp_path,
        "TAP108",
        "Alarm",
        Alarm=resource(ALARM, properties={"Metrics": metrics, "Threshold": 80}),
        Table=resource("AWS::DynamoDB::Table", properties=table),
    )
    assert details == []


@pytest.mark.parametrize(("queue", "count"), [({"DeadLetterConfig": {"Arn": "x"}}, 1), ({}, 0)])
def test_events_can_be_lost_only_beside_a_dead_letter_queue(
    tmp_path: Path, queue: dict[str, Any], count: int
) -> None:
    targets = [{"Id": "T", "Arn": att("Function"), **queue}]
    rule = resource("AWS::Events::Rule", properties={"Targets": targets})
    function = resource("AWS::Lambda::Function")
    assert len(found(tmp_path, "TAP110", "Rule", Rule=rule, Function=function)) == count


def test_a_schedule_is_watched_by_its_group(tmp_path: Path) -> None:
    name = "InvocationsFailedToBeSentToDeadLetterCount"
    target = {"Arn": "x", "DeadLetterConfig": {"Arn": "x"}}
    resources = {
        "Schedule": resource(
            "AWS::Scheduler::Schedule", properties={"GroupName": ref("Group"), "Target": target}
        ),
        "Group": resource("AWS::Scheduler::ScheduleGroup"),
    }
    assert len(found(tmp_path / "unwatched", "TAP110", "Schedule", **resources)) == 1
    watching = {
        **PLAIN,
        "Namespace": "AWS/Scheduler",
        "MetricName": name,
        "Dimensions": [{"Name": "ScheduleGroup", "Value": ref("Group")}],
    }
    resources["Alarm"] = resource(ALARM, properties=watching)
    assert found(tmp_path / "watched", "TAP110", "Schedule", **resources) == []
