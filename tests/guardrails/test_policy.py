"""Policies are evaluated as IAM would, and only what is certain counts as allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.guardrails.assembly import Assembly, allow, att, document, ref, resource

from guardrails.model import App  # isort: skip
from guardrails.policy import (  # isort: skip
    aws_policies, holds, key_allows_role, key_of, of_role, role_may, service_may,
)  # fmt: skip

ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
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
)  # fmt: skip
def test_a_condition_holds_only_for_certain(condition: Any, context: Any, expected: bool) -> None:
    assert holds(condition, context) is expected


def topic_app(folder: Path, *statements: Any, key: Any = None) -> App:
    resources = {
        "Topic": resource("AWS::SNS::Topic", properties={"KmsMasterKeyId": key or ref("Key")}),
        "Policy": resource("AWS::SNS::TopicPolicy", properties={"Topics": [ref("Topic")], "PolicyDocument": document(*statements)}),
        "Key": resource("AWS::KMS::Key", properties={"KeyPolicy": document(allow("kms:*", Principal=ROOT))}),
        "Alias": resource("AWS::KMS::Alias", properties={"TargetKeyId": att("Key")}),
    }  # fmt: skip
    return App(Assembly(folder).stack(resources).folder)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([allow("sns:Publish", ref("Topic"), Principal=CLOUDWATCH)], True),
        ([allow("sns:Publish", ref("Topic"), Principal=CLOUDWATCH, Condition=ACCOUNT)], True),
        ([allow("SNS:Pub*", "*", Principal="*")], True),
        ([allow("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:other", Principal=CLOUDWATCH)], False),
        ([allow("sns:Publish", ref("Topic"), Principal=CLOUDWATCH, Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}})], False),
        ([allow("sns:Publish", ref("Topic"), Principal=CLOUDWATCH, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})], False),
        ([allow("sns:Publish", ref("Topic"), Principal={"Service": "events.amazonaws.com"})], False),
        ([allow("sns:Publish", ref("Topic"), Principal=CLOUDWATCH), {"Effect": "Deny", "Action": "sns:*", "Resource": "*", "Principal": "*"}], False),
        ([allow("sns:Publish", ref("Topic"), Principal=CLOUDWATCH), {"Effect": "Deny", "Action": "sns:*", "Resource": "*", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}], True),
        ([{"Effect": "Allow", "NotAction": "sns:Subscribe", "Resource": "*", "Principal": CLOUDWATCH}], True),
        ([{"Effect": "Allow", "Action": "sns:Publish", "NotResource": ref("Topic"), "Principal": CLOUDWATCH}], False),
    ],
)  # fmt: skip
def test_a_service_may_what_the_resource_policy_says(tmp_path: Path, statements: Any, expected: bool) -> None:
    app = topic_app(tmp_path, *statements)
    (topic,) = app.resources("AWS::SNS::Topic")
    assert service_may(app, "cloudwatch", "sns:Publish", topic) is expected


@pytest.mark.parametrize("key", [ref("Key"), att("Key"), ref("Alias")], ids=str)
def test_the_key_of_a_resource_is_found(tmp_path: Path, key: Any) -> None:
    (topic,) = topic_app(tmp_path, key=key).resources("AWS::SNS::Topic")
    assert str(key_of(topic)) == "app/Key"


def test_a_foreign_key_is_named(tmp_path: Path) -> None:
    (topic,) = topic_app(tmp_path, key="alias/aws/sns").resources("AWS::SNS::Topic")
    assert key_of(topic) == "alias/aws/sns"


def role_app(folder: Path, statement: Any, *, key_policy: Any = None) -> App:
    root = allow("kms:*", Principal=ROOT)
    resources = {
        "Role": resource("AWS::IAM::Role", properties={
            "ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"}, ref("Managed")],
            "Policies": [{"PolicyDocument": document(allow("x:Inline"))}],
        }),
        "Policy": resource("AWS::IAM::Policy", properties={"Roles": [ref("Role")], "PolicyDocument": document(statement)}),
        "Managed": resource("AWS::IAM::ManagedPolicy", properties={"PolicyDocument": document(allow("x:Managed"))}),
        "Table": resource("AWS::DynamoDB::Table"),
        "Key": resource("AWS::KMS::Key", properties={"KeyPolicy": document(key_policy or root)}),
    }  # fmt: skip
    return App(Assembly(folder).stack(resources).folder)


def test_a_role_holds_inline_attached_and_managed_policies(tmp_path: Path) -> None:
    (role,) = role_app(tmp_path, allow("x:Attached")).resources("AWS::IAM::Role")
    assert {s.actions[0] for s in of_role(role)} == {"x:Inline", "x:Attached", "x:Managed"}
    assert aws_policies(role) == ["ReadOnlyAccess"]


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
def test_a_role_may_what_its_policies_say(
    tmp_path: Path, target: Any, suffix: str, expected: bool
) -> None:
    app = role_app(tmp_path, allow("dynamodb:Query", target))
    (role,), (table,) = app.resources("AWS::IAM::Role"), app.resources("AWS::DynamoDB::Table")
    assert role_may(role, "dynamodb:Query", table, suffix) is expected


@pytest.mark.parametrize(
    ("statement", "key_policy", "expected"),
    [
        (allow("kms:Decrypt", att("Key"), Condition=VIA), None, True),
        (allow("kms:Decrypt", att("Key")), allow("kms:*", Principal=CLOUDWATCH), False),
        (allow("kms:Encrypt", att("Key")), None, False),
        (allow("x:y"), allow("kms:Decrypt", Principal={"AWS": att("Role")}, Condition=VIA), True),
        (allow("kms:Decrypt", att("Key"), Condition={"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}), None, False),
    ],
    ids=["own policy", "key without the account", "other action", "key policy", "other service"],
)  # fmt: skip
def test_a_key_needs_both_sides(
    tmp_path: Path, statement: Any, key_policy: Any, expected: bool
) -> None:
    app = role_app(tmp_path, statement, key_policy=key_policy)
    (role,), (key,) = app.resources("AWS::IAM::Role"), app.resources("AWS::KMS::Key")
    assert key_allows_role(key, role, "kms:Decrypt", "s3") is expected
