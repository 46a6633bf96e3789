"""What every environment's stack promises, read from the synthesized template.

The guardrails judge each synth already; these tests say in the project's own words what it is
that they keep.
"""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import botocore

from infra.app import ROOT
from infra.settings import OWNER, PROJECT

KEPT = ["AWS::DynamoDB::Table", "AWS::S3::Bucket"{{ ', "AWS::Cognito::UserPool"' if cookiecutter.api != 'none' and cookiecutter.api_auth == 'cognito' else '' }}{{ ', "AWS::KMS::Key"' if cookiecutter.encryption == 'customer_managed' else '' }}]
TRACING = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
{% if cookiecutter.network != 'none' %}
NETWORK_INTERFACES = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
{% endif %}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(stack: SimpleNamespace) -> list[dict[str, Any]]:
    """Every statement of every role of the stack."""
    return [
        statement
        for policy in stack.of_type("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_every_alarm_pages_or_notifies(stack: SimpleNamespace) -> None:
    outputs = stack.template["Outputs"]
    topics = [outputs[f"{name}TopicArn"]["Value"] for name in ("Alarm", "Notification")]
    assert {topic["Ref"] for topic in topics} == set(stack.of_type("AWS::SNS::Topic"))
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


def test_the_topics_let_cloudwatch_publish(stack: SimpleNamespace) -> None:
    policies = stack.of_type("AWS::SNS::TopicPolicy").values()
    assert len(policies) == len(stack.of_type("AWS::SNS::Topic"))
    for policy in policies:
        allowed = [
            statement["Principal"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        ]
        assert allowed == [{"Service": "cloudwatch.amazonaws.com"}]


def test_alarms_are_sent_to_whom_the_settings_name(stack: SimpleNamespace) -> None:
    subscribed = [
        subscription["Properties"]["Endpoint"]
        for subscription in stack.of_type("AWS::SNS::Subscription").values()
    ]
    pages = stack.settings.alarm_email
    emails = [pages, stack.settings.notification_email or pages]
    assert subscribed == [email for email in emails if email is not None]


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


def test_production_keeps_its_data_and_nothing_else_does(stack: SimpleNamespace) -> None:
    kept = [found for kind in KEPT for found in stack.of_type(kind).items()]
    assert len(kept) >= len(KEPT)
    for name, resource in kept:
        logs = resource["Type"] == "AWS::S3::Bucket" and "Logs" in name
        keeps = resource["DeletionPolicy"] == "Retain"
        assert keeps == (stack.settings.production or logs), name
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


def test_functions_are_traced_and_keep_logs_of_their_own(stack: SimpleNamespace) -> None:
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
    traced = TRACING if stack.settings.traced else set()
{% if cookiecutter.network != 'none' %}
    assert everywhere == traced | NETWORK_INTERFACES
{% else %}
    assert everywhere == traced
{% endif %}


def test_no_action_is_a_wildcard(stack: SimpleNamespace) -> None:
    actions = [action for found in statements(stack) for action in as_list(found["Action"])]
    assert actions
    assert not [action for action in actions if "*" in action]


def test_the_table_can_be_restored_to_any_second(stack: SimpleNamespace) -> None:
    (table,) = stack.of_type("AWS::DynamoDB::Table").values()
    recovery = table["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


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


def test_outputs_tell_where_things_are(stack: SimpleNamespace) -> None:
    expected = {
        "AlarmTopicArn",
{% if cookiecutter.api != 'none' %}
        "ApiFunctionArn",
        "ApiUrl",
{% endif %}
        "BucketArn",
{% if cookiecutter.encryption == 'customer_managed' %}
        "KeyArn",
{% endif %}
        "NotificationTopicArn",
        "TableArn",
{% if cookiecutter.worker != 'none' %}
        "WorkerFunctionArn",
{% endif %}
    }
    assert expected <= set(stack.template["Outputs"])
{% if cookiecutter.audit_trail %}


def test_production_alone_is_audited(stack: SimpleNamespace) -> None:
    trails = stack.of_type("AWS::CloudTrail::Trail")
    assert len(trails) == int(stack.settings.production)
{% endif %}
{% if cookiecutter.network != 'none' %}


def test_synth_needs_no_credentials(stack: SimpleNamespace) -> None:
    subnets = stack.of_type("AWS::EC2::Subnet").values()
    zones = [subnet["Properties"]["AvailabilityZone"] for subnet in subnets]
    assert zones
    assert not [zone for zone in zones if str(zone).startswith("dummy")]
{% endif %}
{% if cookiecutter.api == 'http' %}


def test_access_logs_do_not_fill_the_accounts_resource_policy(stack: SimpleNamespace) -> None:
    (stage,) = stack.of_type("AWS::ApiGatewayV2::Stage").values()
    group = stage["Properties"]["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0]
    name = stack.resources[group]["Properties"]["LogGroupName"]
    assert name.startswith(f"/aws/vendedlogs/apigateway/{PROJECT}-")
{% endif %}
