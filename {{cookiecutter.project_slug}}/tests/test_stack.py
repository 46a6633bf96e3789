"""The stack of each environment, as synthesized.

The guardrails check every synth; these tests state the project's own requirements.
"""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import botocore

from infra.app import ROOT
from infra.settings import OWNER, PROJECT

DATA = ["AWS::Cognito::UserPool", "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"]
# Types whose resources an output names.
OUTPUTS = [
    *DATA,
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::CloudTrail::Trail",
    "AWS::EC2::VPC",
    "AWS::Events::Rule",
    "AWS::Lambda::Function",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::Scheduler::Schedule",
]
TRACING = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
NETWORK_INTERFACES = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(stack: SimpleNamespace) -> list[dict[str, Any]]:
    """Return every statement of every role of the stack."""
    return [
        statement
        for policy in stack.of_type("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_every_alarm_pages_or_notifies(stack: SimpleNamespace) -> None:
    outputs = stack.template["Outputs"]
    topics = [outputs[f"{name}TopicArn"]["Value"] for name in ("Alarm", "Notification")]
    used = []
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        (action,) = alarm["Properties"]["AlarmActions"]
        assert action in topics, name
        used.append(action["Ref"])
    assert set(used) == {topic["Ref"] for topic in topics}


def test_no_alarm_sends_mail_on_the_first_deployment(stack: SimpleNamespace) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert alarms
    for name, alarm in alarms.items():
        assert "OKActions" not in alarm["Properties"], name
        assert alarm["Properties"]["TreatMissingData"] != "breaching", name


def test_cloudwatch_may_publish_alarms(stack: SimpleNamespace) -> None:
    topics = {
        topic["Ref"]
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        for topic in alarm["Properties"]["AlarmActions"]
    }
    assert topics
    allowed = {
        topic["Ref"]
        for policy in stack.of_type("AWS::SNS::TopicPolicy").values()
        for topic in policy["Properties"]["Topics"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    }
    assert topics <= allowed


def test_the_addresses_of_the_settings_are_subscribed(stack: SimpleNamespace) -> None:
    subscribed = [
        subscription["Properties"]["Endpoint"]
        for subscription in stack.of_type("AWS::SNS::Subscription").values()
    ]
    pages = stack.settings.alarm_email
    emails = [pages, stack.settings.notification_email or pages]
    assert subscribed[: len(emails)] == [email for email in emails if email is not None]


def test_every_bucket_is_private_and_refuses_plain_http(stack: SimpleNamespace) -> None:
    buckets = stack.of_type("AWS::S3::Bucket")
    assert buckets
    guarded = {
        policy["Properties"]["Bucket"]["Ref"]
        for policy in stack.of_type("AWS::S3::BucketPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert guarded == set(buckets)
    for name, bucket in buckets.items():
        blocked = bucket["Properties"]["PublicAccessBlockConfiguration"]
        assert list(blocked.values()) == [True] * 4, name


def test_production_retains_its_data_and_every_environment_its_logs(stack: SimpleNamespace) -> None:
    data = [found for kind in DATA for found in stack.of_type(kind).items()]
    assert data
    for name, resource in data:
        logs = "LifecycleConfiguration" in resource["Properties"] and any(
            "ExpirationInDays" in rule
            for rule in resource["Properties"]["LifecycleConfiguration"]["Rules"]
        )
        retained = resource["DeletionPolicy"] == "Retain"
        assert retained == (stack.settings.production or logs), name
    assert stack.artifact.get("terminationProtection", False) == stack.settings.production


def test_a_first_deployment_that_failed_can_be_repeated(stack: SimpleNamespace) -> None:
    """A rollback deletes what has a fixed name, and doesn't try what AWS refuses to delete."""
    named = {
        name
        for name, resource in stack.resources.items()
        for key in resource.get("Properties", {})
        if key in {"DashboardName", "LogGroupName", "TrailName"}
    }
    protected = {
        name
        for name, resource in stack.resources.items()
        if resource.get("Properties", {}).get("DeletionProtectionEnabled") is True
        or resource.get("Properties", {}).get("DeletionProtection") == "ACTIVE"
    }
    kept = {
        name
        for name, resource in stack.resources.items()
        if resource.get("DeletionPolicy") == "Retain"
    }
    assert named
    assert bool(protected) == stack.settings.production
    assert protected <= kept
    assert not named & kept


def test_everything_is_tagged(stack: SimpleNamespace) -> None:
    expected = {"Project": PROJECT, "Owner": OWNER, "Environment": stack.settings.name}
    assert stack.artifact["tags"] == expected
    tagged = [
        resource["Properties"]["Tags"]
        for resource in stack.resources.values()
        if isinstance(resource.get("Properties", {}).get("Tags"), list)
    ]
    assert tagged
    for tags in tagged:
        assert {tag["Key"]: tag["Value"] for tag in tags}.items() >= expected.items()


def test_functions_are_traced_and_have_their_own_logs(stack: SimpleNamespace) -> None:
    functions = stack.of_type("AWS::Lambda::Function")
    groups = stack.of_type("AWS::Logs::LogGroup")
    assert functions
    for name, function in functions.items():
        properties = function["Properties"]
        mode = properties.get("TracingConfig", {}).get("Mode")
        assert mode == ("Active" if stack.settings.traced else None), name
        group = groups[properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["Properties"]["RetentionInDays"] > 0, name


def test_functions_run_the_sdk_that_the_tests_import() -> None:
    locked = (ROOT / "requirements" / "lambda.txt").read_text(encoding="utf-8")
    for package in (boto3, botocore):
        assert f"\n{package.__name__}=={package.__version__} " in locked, package.__name__


def test_only_actions_without_resources_are_allowed_everywhere(stack: SimpleNamespace) -> None:
    found = statements(stack)
    assert found
    everywhere = {
        action
        for statement in found
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert everywhere <= TRACING | NETWORK_INTERFACES
    assert bool(everywhere & TRACING) == stack.settings.traced


def test_no_action_is_a_wildcard(stack: SimpleNamespace) -> None:
    actions = [action for found in statements(stack) for action in as_list(found["Action"])]
    assert actions
    assert not [action for action in actions if "*" in action]


def test_tables_can_be_restored_to_any_second(stack: SimpleNamespace) -> None:
    tables = stack.of_type("AWS::DynamoDB::Table")
    assert tables
    for name, table in tables.items():
        recovery = table["Properties"]["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}, name


def test_nothing_is_named_for_one_environment_only(stack: SimpleNamespace) -> None:
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


def test_every_key_resource_has_an_output(stack: SimpleNamespace) -> None:
    outputs = json.dumps([output["Value"] for output in stack.template["Outputs"].values()])
    resources = [name for kind in OUTPUTS for name in stack.of_type(kind)]
    assert resources
    for name in resources:
        named = stack.resources[name]["Properties"].get("TrailName", name)
        assert json.dumps(named) in outputs or f"/{named}" in outputs, name
