"""Policies are evaluated as in IAM, and only certain permissions count as allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tap_guardrails.model import App
from tap_guardrails.policy import (
    aws_policies,
    holds,
    key_allows_role,
    key_of,
    of_role,
    role_may,
    service_may,
)
from tests.guardrails.assembly import Assembly, allow, att, document, ref, resource

ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
ROOT_KEY = allow("kms:*", Principal=ROOT)
OTHER_SERVICE = {"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}
VIA = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({}, {}, True),
        ({"StringEquals": {"a": ["x", "y"]}}, {"A": "y"}, True),
        ({"StringEquals": {"a": ["x"]}}, {"a": "z"}, False),
        ({"StringEquals": {"a": ["x"]}}, {}, False),
        ({"StringEqualsIfExists": {"a": ["x"]}}, {}, True),
        ({"StringNotEquals": {"a": ["x"]}}, {"a": "z"}, True),
        ({"StringNotLike": {"a": ["x*"]}}, {"a": "xy"}, False),
        ({"ArnLike": {"a": ["arn:*:x"]}}, {"a": "arn:aws:x"}, True),
        ({"ForAnyValue:StringLike": {"a": ["x?"]}}, {"a": "xy"}, True),
        ({"Bool": {"aws:SecureTransport": ["false"]}}, {"aws:SecureTransport": "true"}, False),
        ({"Null": {"a": ["true"]}}, {}, True),
        ({"Null": {"a": ["false"]}}, {}, False),
        ({"NumericLessThan": {"a": ["3"]}}, {"a": "1"}, False),
        ({"StringEquals": {"a": ["x"], "b": ["y"]}}, {"a": "x"}, False),
    ],
    ids=str,
)
def test_a_condition_is_true_only_if_certain(condition: Any, context: Any, expected: bool) -> None:
    assert holds(condition, context) is expected


def topic_app(folder: Path, *statements: Any, key: Any = None) -> App:
    topic = {"KmsMasterKeyId": key or ref("Key")}
    policy = {"Topics": [ref("Topic")], "PolicyDocument": document(*statements)}
    resources = {
        "Topic": resource("AWS::SNS::Topic", properties=topic),
        "Policy": resource("AWS::SNS::TopicPolicy", properties=policy),
        "Key": resource("AWS::KMS::Key", properties={"KeyPolicy": document(ROOT_KEY)}),
        "Alias": resource("AWS::KMS::Alias", properties={"TargetKeyId": att("Key")}),
    }
    return App(Assembly(folder).stack(resources).folder)


def publish(topic: Any = "*", principal: Any = CLOUDWATCH, **more: Any) -> dict[str, Any]:
    return allow("sns:Publish", topic, Principal=principal, **more)


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "sns:*", "Resource": "*", "Principal": "*", **more}


def when(operator: str, **tests: str) -> dict[str, dict[str, str]]:
    return {operator: {f"aws:{key}": value for key, value in tests.items()}}


OTHER_TOPIC = "arn:aws:sns:eu-west-1:111122223333:other"
ALL_BUT = {"Effect": "Allow", "NotAction": "sns:Subscribe", "Resource": "*"}
ELSEWHERE = {"Effect": "Allow", "Action": "sns:Publish", "NotResource": ref("Topic")}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([publish(ref("Topic"))], True),
        ([publish(ref("Topic"), Condition=ACCOUNT)], True),
        ([allow("SNS:Pub*", "*", Principal="*")], True),
        ([publish(OTHER_TOPIC)], False),
        ([publish(Condition=when("StringEquals", SourceAccount="999999999999"))], False),
        ([publish(Condition=when("StringEquals", PrincipalOrgID="o-1"))], False),
        ([publish(principal={"Service": "events.amazonaws.com"})], False),
        ([publish(), deny()], False),
        ([publish(), deny(Condition=when("Bool", SecureTransport="false"))], True),
        ([{**ALL_BUT, "Principal": CLOUDWATCH}], True),
        ([{**ELSEWHERE, "Principal": CLOUDWATCH}], False),
    ],
    ids=str,
)
def test_a_resource_policy_allows_services(tmp_path: Path, statements: Any, expected: bool) -> None:
    app = topic_app(tmp_path, *statements)
    (topic,) = app.resources("AWS::SNS::Topic")
    assert service_may(app, "cloudwatch", "sns:Publish", topic) is expected


@pytest.mark.parametrize("key", [ref("Key"), att("Key"), ref("Alias")], ids=str)
def test_the_key_of_a_resource_is_found(tmp_path: Path, key: Any) -> None:
    (topic,) = topic_app(tmp_path, key=key).resources("AWS::SNS::Topic")
    assert str(key_of(topic)) == "app/Key"


def test_a_key_outside_the_template_is_named(tmp_path: Path) -> None:
    (topic,) = topic_app(tmp_path, key="alias/aws/sns").resources("AWS::SNS::Topic")
    assert key_of(topic) == "alias/aws/sns"


def role_app(folder: Path, statement: Any, *, key_policy: Any = ROOT_KEY) -> App:
    aws_policy = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSXRayDaemonWriteAccess"}
    role = {
        "ManagedPolicyArns": [aws_policy, ref("Managed")],
        "Policies": [{"PolicyDocument": document(allow("x:Inline"))}],
    }
    policy = {"Roles": [ref("Role")], "PolicyDocument": document(statement)}
    managed = {"PolicyDocument": document(allow("x:Managed"))}
    resources = {
        "Role": resource("AWS::IAM::Role", properties=role),
        "Policy": resource("AWS::IAM::Policy", properties=policy),
        "Managed": resource("AWS::IAM::ManagedPolicy", properties=managed),
        "Table": resource("AWS::DynamoDB::Table"),
        "Key": resource("AWS::KMS::Key", properties={"KeyPolicy": document(key_policy)}),
    }
    return App(Assembly(folder).stack(resources).folder)


def test_a_role_holds_inline_attached_and_managed_policies(tmp_path: Path) -> None:
    (role,) = role_app(tmp_path, allow("x:Attached")).resources("AWS::IAM::Role")
    assert {s.actions[0] for s in of_role(role)} == {"x:Inline", "x:Attached", "x:Managed"}
    assert aws_policies(role) == ["AWSXRayDaemonWriteAccess"]


@pytest.mark.parametrize(
    ("target", "suffix", "expected"),
    [
        (att("Table"), "", True),
        (att("Table"), "/index/by_name", False),
        ({"Fn::Join": ["", [att("Table"), "/index/*"]]}, "/index/by_name", True),
        ({"Fn::Sub": "arn:aws:dynamodb:eu-west-1:111122223333:table/${Table}"}, "", True),
        ({"Fn::Sub": "arn:aws:dynamodb:us-east-1:111122223333:table/${Table}"}, "", False),
    ],
)
def test_policies_allow_roles(tmp_path: Path, target: Any, suffix: str, expected: bool) -> None:
    app = role_app(tmp_path, allow("dynamodb:Query", target))
    (role,), (table,) = app.resources("AWS::IAM::Role"), app.resources("AWS::DynamoDB::Table")
    assert role_may(role, "dynamodb:Query", table, suffix) is expected


@pytest.mark.parametrize(
    ("statement", "key_policy", "expected"),
    [
        (allow("kms:Decrypt", att("Key"), Condition=VIA), ROOT_KEY, True),
        (allow("kms:Decrypt", att("Key")), allow("kms:*", Principal=CLOUDWATCH), False),
        (allow("kms:Encrypt", att("Key")), ROOT_KEY, False),
        (allow("x:y"), allow("kms:Decrypt", Principal={"AWS": att("Role")}, Condition=VIA), True),
        (allow("kms:Decrypt", att("Key"), Condition=OTHER_SERVICE), ROOT_KEY, False),
    ],
    ids=["own policy", "key without the account", "other action", "key policy", "other service"],
)
def test_a_key_needs_key_policy_and_role_policy(
    tmp_path: Path, statement: Any, key_policy: Any, expected: bool
) -> None:
    app = role_app(tmp_path, statement, key_policy=key_policy)
    (role,), (key,) = app.resources("AWS::IAM::Role"), app.resources("AWS::KMS::Key")
    assert key_allows_role(key, role, "kms:Decrypt", "s3") is expected
