"""The rules on rollbacks check any template, and have no findings if a rollback works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tap_guardrails.model import App
from tap_guardrails.rule import Finding, judge
from tap_guardrails.rules import RULES
from tests.guardrails.assembly import Assembly, ref, resource

ROLLBACK = {"TAP208", "TAP218", "TAP219"}
EXCEPT_ON_CREATE = "RetainExceptOnCreate"


def found(folder: Path, **resources: Any) -> set[tuple[str, str]]:
    """Return the findings about rollbacks, as rule and logical id."""
    assert RULES.keys() >= ROLLBACK
    app = App(Assembly(folder).stack(resources).folder)
    return {
        (finding.rule.id, finding.path.rpartition("/")[2])
        for finding in judge(app)
        if isinstance(finding, Finding) and finding.rule.id in ROLLBACK
    }


def retained(kind: str, policy: str = "Retain", **properties: Any) -> dict[str, Any]:
    return resource(kind, properties=properties, DeletionPolicy=policy)


PROTECTED: dict[str, dict[str, Any]] = {
    "AWS::DynamoDB::Table": {"DeletionProtectionEnabled": True},
    "AWS::DynamoDB::GlobalTable": {"Replicas": [{"DeletionProtectionEnabled": True}]},
    "AWS::Cognito::UserPool": {"DeletionProtection": "ACTIVE"},
}


@pytest.mark.parametrize("kind", PROTECTED)
@pytest.mark.parametrize("policy", [EXCEPT_ON_CREATE, "Delete"])
def test_a_protected_resource_has_to_be_retained(kind: str, policy: str, tmp_path: Path) -> None:
    protected = retained(kind, policy, **PROTECTED[kind])
    assert found(tmp_path, Data=protected) == {("TAP218", "Data")}


@pytest.mark.parametrize("kind", PROTECTED)
def test_a_retained_resource_may_be_protected(kind: str, tmp_path: Path) -> None:
    assert found(tmp_path, Data=retained(kind, **PROTECTED[kind])) == set()


@pytest.mark.parametrize("kind", PROTECTED)
def test_without_protection_any_policy_is_fine(kind: str, tmp_path: Path) -> None:
    assert found(tmp_path, Data=resource(kind)) == set()


NAMED: dict[str, dict[str, Any]] = {
    "AWS::CloudTrail::Trail": {"TrailName": "audit"},
    "AWS::CloudWatch::Dashboard": {"DashboardName": {"Fn::Sub": "${AWS::StackName}-board"}},
    "AWS::IAM::Role": {"RoleName": "deployer"},
    "AWS::Logs::LogGroup": {"LogGroupName": "/aws/vendedlogs/api"},
    "AWS::S3::Bucket": {"BucketName": "our-data"},
    "AWS::DynamoDB::GlobalTable": {"TableName": "items"},
    "AWS::SSM::Parameter": {"Name": "/our/parameter"},
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_fixed_name_is_not_retained(kind: str, tmp_path: Path) -> None:
    assert found(tmp_path, Named=retained(kind, **NAMED[kind])) == {("TAP219", "Named")}


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("policy", [EXCEPT_ON_CREATE, "Delete"])
def test_a_fixed_name_is_free_after_a_rollback(kind: str, policy: str, tmp_path: Path) -> None:
    assert found(tmp_path, Named=retained(kind, policy, **NAMED[kind])) == set()


@pytest.mark.parametrize(
    "name",
    [
        None,
        {"Fn::Join": ["", ["/aws/lambda/", ref("Function")]]},
        {"Fn::Select": [2, {"Fn::Split": ["/", ref("AWS::StackId")]}]},
    ],
    ids=["generated", "of a generated name", "of the stack's id"],
)
def test_a_generated_name_may_be_retained(name: Any, tmp_path: Path) -> None:
    given = {} if name is None else {"LogGroupName": name}
    group = retained("AWS::Logs::LogGroup", **given)
    assert found(tmp_path, Function=resource("AWS::Lambda::Function"), Logs=group) == set()


@pytest.mark.parametrize(
    ("key", "data", "faults"),
    [
        ("Retain", "Retain", set()),
        ("Retain", EXCEPT_ON_CREATE, set()),
        (EXCEPT_ON_CREATE, EXCEPT_ON_CREATE, set()),
        (EXCEPT_ON_CREATE, "Retain", {("TAP208", "Key")}),
        ("Delete", EXCEPT_ON_CREATE, {("TAP208", "Key")}),
        ("Delete", "Delete", set()),
    ],
)
def test_a_key_is_retained_with_its_data(
    key: str, data: str, faults: set[tuple[str, str]], tmp_path: Path
) -> None:
    encrypted = {"SSESpecification": {"KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}}
    table = retained("AWS::DynamoDB::Table", data, **encrypted)
    assert found(tmp_path, Key=retained("AWS::KMS::Key", key), Table=table) == faults
