"""The stack of each environment, as synthesized.

The guardrails check every synth (`make rules`); these tests state what only this project requires.
"""

import json
from dataclasses import replace
from types import SimpleNamespace

import aws_cdk as cdk
import boto3
import botocore
import pytest
from aws_cdk import aws_sns as sns

from infra.app import ROOT
from infra.base import BaseStack
from infra.settings import ENVIRONMENTS, OWNER, PROJECT

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


@pytest.mark.parametrize(
    ("pages", "notifications", "subscribed"),
    [
        (None, None, []),
        ("a@b.com", None, ["a@b.com"] * 2),
        ("a@b.com", "c@d.com", ["a@b.com", "c@d.com"]),
    ],
    ids=["no-address", "one-address", "two-addresses"],
)
def test_the_addresses_of_the_settings_are_subscribed(
    pages: str | None, notifications: str | None, subscribed: list[str]
) -> None:
    any_settings = next(iter(ENVIRONMENTS.values()))
    settings = replace(any_settings, alarm_email=pages, notification_email=notifications)
    nodes = BaseStack(cdk.App(), "Subscriptions", settings=settings).node.find_all()
    assert [node.endpoint for node in nodes if isinstance(node, sns.CfnSubscription)] == subscribed


def test_data_is_retained_as_the_settings_say_and_logs_always(stack: SimpleNamespace) -> None:
    data = [found for kind in DATA for found in stack.of_type(kind).items()]
    assert data
    for name, resource in data:
        rules = resource["Properties"].get("LifecycleConfiguration", {}).get("Rules", [])
        logs = any("ExpirationInDays" in rule for rule in rules)
        retained = resource["DeletionPolicy"] == "Retain"
        assert retained == (stack.settings.retains_data or logs), name
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
