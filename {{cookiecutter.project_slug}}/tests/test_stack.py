"""The stack of each environment, as synthesized.

The guardrails check every synth (`make rules`); these tests state what only this project requires.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import boto3
import botocore
import pytest

from infra.alarms import no_subscriber_notice
from infra.app import ROOT
from infra.settings import OWNER, PROJECT

DATA = ["AWS::Cognito::UserPool", "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"]


def test_every_alarm_pages_or_notifies(stack: SimpleNamespace) -> None:
    outputs = stack.template["Outputs"]
    topics = [outputs[f"{name}TopicArn"]["Value"] for name in ("Alarm", "Notification")]
    used = []
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        (action,) = alarm["Properties"]["AlarmActions"]
        assert action in topics, name
        used.append(action["Ref"])
    assert set(used) == {topic["Ref"] for topic in topics}


@pytest.mark.parametrize("topic", ["Alarm", "Notification"])
def test_the_address_of_the_settings_is_subscribed(stack: SimpleNamespace, topic: str) -> None:
    expected = stack.settings.alarm_email
    if topic == "Notification":
        expected = stack.settings.notification_email or expected
    arn = stack.template["Outputs"][f"{topic}TopicArn"]["Value"]
    subscribed = [
        subscription["Properties"]["Endpoint"]
        for subscription in stack.of_type("AWS::SNS::Subscription").values()
        if subscription["Properties"]["TopicArn"] == arn
    ]
    assert subscribed[:1] == ([expected] if expected else [])


def test_a_notice_is_printed_only_without_an_address(
    stack: SimpleNamespace, cloud_assembly: Path
) -> None:
    file = cloud_assembly / f"{PROJECT}-{stack.settings.name}.metadata.json"
    printed = no_subscriber_notice(stack.settings) in file.read_text(encoding="utf-8")
    assert printed == (stack.settings.alarm_email is None)


def test_production_retains_its_data_and_every_environment_its_logs(stack: SimpleNamespace) -> None:
    data = [found for kind in DATA for found in stack.of_type(kind).items()]
    assert data
    for name, resource in data:
        rules = resource["Properties"].get("LifecycleConfiguration", {}).get("Rules", [])
        logs = any("ExpirationInDays" in rule for rule in rules)
        retained = resource["DeletionPolicy"] == "Retain"
        assert retained == (stack.settings.production or logs), name
    assert stack.artifact.get("terminationProtection", False) == stack.settings.production


def test_the_tags_name_project_owner_and_environment(stack: SimpleNamespace) -> None:
    expected = {"Project": PROJECT, "Owner": OWNER, "Environment": stack.settings.name}
    assert stack.artifact["tags"] == expected


def test_names_differ_between_environments(stack: SimpleNamespace) -> None:
    names = [
        value
        for resource in stack.resources.values()
        for key, value in resource.get("Properties", {}).items()
        if key in {"DashboardName", "TrailName"}
        or (key == "Name" and resource["Type"].endswith(("::RestApi", "::ApiGatewayV2::Api")))
    ]
    assert names
    for name in names:
        assert stack.settings.name in json.dumps(name)


def test_functions_run_the_sdk_that_the_tests_import() -> None:
    locked = (ROOT / "requirements" / "lambda.txt").read_text(encoding="utf-8")
    for package in (boto3, botocore):
        assert f"\n{package.__name__}=={package.__version__} " in locked, package.__name__
