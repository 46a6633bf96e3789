"""Outputs name existing resources, alarms reach subscribers, and plain HTTP is rejected."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tap_emulator.target import Target
from tap_guardrails.regions import offers


def _name(arn: str) -> str:
    return arn.rsplit(":", maxsplit=1)[1].rsplit("/", maxsplit=1)[-1]


def _dynamodb(target: Target, arn: str) -> object:
    if "/stream/" in arn:
        return target.client("dynamodbstreams").describe_stream(StreamArn=arn)
    return target.client("dynamodb").describe_table(TableName=arn.split("/")[1])


def _api(target: Target, arn: str) -> object:
    identifier, stage = arn.rsplit(":", maxsplit=1)[1].split("/")[:2]
    rest = target.client("apigateway")
    if identifier in {api["id"] for api in rest.get_rest_apis(limit=500)["items"]}:
        return rest.get_stage(restApiId=identifier, stageName=stage)
    return target.client("apigatewayv2").get_stage(ApiId=identifier, StageName=stage)


def _schedule(target: Target, arn: str) -> object:
    _, group, name = arn.split("/")
    return target.client("scheduler").get_schedule(GroupName=group, Name=name)


def _events(target: Target, arn: str) -> object:
    events, (kind, *names) = target.client("events"), arn.split(":")[5].split("/")
    if kind == "archive":
        return events.describe_archive(ArchiveName=names[0])
    if kind == "event-bus":
        return events.describe_event_bus(Name=names[0])
    bus = {"EventBusName": names[0]} if len(names) > 1 else {}
    return events.describe_rule(Name=names[-1], **bus)


def _web_acl(target: Target, arn: str) -> object:
    _, _, name, identifier = arn.split(":")[5].split("/")
    return target.client("wafv2").get_web_acl(Name=name, Id=identifier, Scope="REGIONAL")


EXISTS: dict[str, Callable[[Target, str], object]] = {
    "cloudtrail": lambda t, arn: t.client("cloudtrail").get_trail_status(Name=arn),
    "cloudwatch": lambda t, arn: t.client("cloudwatch").get_dashboard(DashboardName=_name(arn)),
    "cognito-idp": lambda t, arn: t.client("cognito-idp").describe_user_pool(UserPoolId=_name(arn)),
    "dynamodb": _dynamodb,
    "ec2": lambda t, arn: t.client("ec2").describe_vpcs(VpcIds=[_name(arn)]),
    "events": _events,
    "execute-api": _api,
    "kms": lambda t, arn: t.client("kms").describe_key(KeyId=arn),
    "lambda": lambda t, arn: t.client("lambda").get_function(FunctionName=arn),
    "s3": lambda t, arn: t.client("s3").head_bucket(Bucket=_name(arn)),
    "scheduler": _schedule,
    "secretsmanager": lambda t, arn: t.client("secretsmanager").describe_secret(SecretId=arn),
    "sns": lambda t, arn: t.client("sns").get_topic_attributes(TopicArn=arn),
    "sqs": lambda t, arn: t.client("sqs").get_queue_url(QueueName=_name(arn)),
    "states": lambda t, arn: t.client("stepfunctions").describe_state_machine(stateMachineArn=arn),
    "wafv2": _web_acl,
}


def test_every_output_names_an_existing_resource(target: Target) -> None:
    arns = {name: value for name, value in target.outputs.items() if name.endswith("Arn")}
    assert len(arns) >= 6
    for arn in arns.values():
        EXISTS[arn.split(":")[2]](target, arn)


def _alarms(target: Target) -> list[str]:
    """Return the names of the stack's alarms; names of the stack dev-eu start like dev's."""
    cloudformation = target.client("cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=target.stack)
    return [
        resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::CloudWatch::Alarm"
    ]


def test_every_alarm_pages_or_notifies(target: Target) -> None:
    topics = [target.outputs[f"{name}TopicArn"] for name in ("Alarm", "Notification")]
    names = _alarms(target)
    assert names
    cloudwatch = target.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=names)
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
    assert sorted(alarm["AlarmName"] for alarm in alarms) == sorted(names)
    for alarm in alarms:
        (action,) = alarm["AlarmActions"]
        assert action in topics
        assert not alarm["OKActions"]


@pytest.fixture(params=["AlarmTopicArn", "NotificationTopicArn"])
def topic(target: Target, request: pytest.FixtureRequest) -> str:
    return target.outputs[str(request.param)]


@pytest.fixture
def subscription(target: Target, topic: str) -> Iterator[str]:
    """Subscribe a queue to a topic, and yield its URL."""
    sqs, sns = target.client("sqs"), target.client("sns")
    url = sqs.create_queue(QueueName=f"{target.stack}-{uuid.uuid4().hex}")["QueueUrl"]
    wanted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = wanted["Attributes"]["QueueArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        },
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    subscribed = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True
    )
    yield url
    sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)


def test_alarms_reach_subscribers(target: Target, topic: str, subscription: str) -> None:
    cloudwatch = target.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=_alarms(target))
    name = next(
        alarm["AlarmName"]
        for page in pages
        for alarm in page["MetricAlarms"]
        if topic in alarm["AlarmActions"]
    )
    reason = "Only a test; nothing is wrong"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=reason)
    received = target.eventually(
        lambda: target.messages(subscription, lambda body: name in body), "the alarm's message"
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason=reason)
    assert json.loads(json.loads(received[0])["Message"])["NewStateValue"] == "ALARM"


@pytest.mark.parametrize("bucket", ["BucketArn", "AccessLogsBucketArn"])
def test_plain_http_is_rejected(target: Target, bucket: str) -> None:
    request: dict[str, Any] = {"Bucket": _name(target.outputs[bucket]), "MaxKeys": 1}
    target.client("s3").list_objects_v2(**request)
    with pytest.raises(ClientError) as denied:
        target.plain_s3().list_objects_v2(**request)
    assert denied.value.response["Error"]["Code"] == "AccessDenied"


def test_lambda_can_trace_and_manage_network_interfaces(target: Target) -> None:
    """Checked in the policy simulator, because the emulator has no traces and interfaces."""
    functions = [arn for name, arn in target.outputs.items() if name.endswith("FunctionArn")]
    assert functions
    for arn in functions:
        role = target.client("lambda").get_function_configuration(FunctionName=arn)["Role"]
        traced = offers(arn.split(":")[3], "function_tracing")
        for action in ("PutTelemetryRecords", "PutTraceSegments"):
            assert target.may(role, f"xray:{action}") == traced, action
        if "VpcArn" in target.outputs:
            check_network_interfaces(target, role, arn)


def check_network_interfaces(target: Target, role: str, function: str) -> None:
    """Check that Lambda can manage network interfaces with the role, and the code can't."""
    for action in ("DescribeNetworkInterfaces", "DescribeSubnets"):
        assert target.may(role, f"ec2:{action}"), action
    partition, _, region, account = function.split(":")[1:5]
    interface = f"arn:{partition}:ec2:{region}:{account}:network-interface/*"
    for action in (
        "AssignPrivateIpAddresses",
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "UnassignPrivateIpAddresses",
    ):
        assert target.may(role, f"ec2:{action}", interface), action
        as_code = {"lambda:SourceFunctionArn": function}
        assert not target.may(role, f"ec2:{action}", interface, as_code), action
