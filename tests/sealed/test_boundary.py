"""The pipeline's roles have the boundary of the stack, which has to allow their calls."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from tap_project import identity_github, identity_gitlab, pipeline, toolkit
from tap_project.assembly import OperationError, Stack
from tests.sealed.test_operations import CloudFormation, Session

ACCOUNT, REGION = "123456789012", "us-east-1"
TRUSTS = [
    identity_github.Trust(issuer=identity_github.ISSUER, owner="org", name="tap"),
    identity_gitlab.Trust(issuer=identity_gitlab.ISSUER, repository="org/tap"),
]
EACH_TRUST = pytest.mark.parametrize("trust", TRUSTS, ids=["github", "gitlab"])
STACK = Stack(
    name="tap-dev",
    environment="dev",
    account=None,
    region=REGION,
    production=False,
    template=Path("unused.json"),
)
ROLES = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-*"
OWN_STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/tap-dev/*"
ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLES}
READ = {"Effect": "Allow", "Action": [*pipeline.READS], "Resource": OWN_STACK}
BUCKETS = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with mock_aws():
        yield boto3.Session("testing", "testing", region_name=REGION)


class _Template(yaml.SafeLoader):
    """Load a CloudFormation template; a short form such as `!Sub x` becomes {"Sub": x}."""


def _short_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if not isinstance(node, yaml.ScalarNode):
        raise TypeError(f"!{name} is of a mapping, which no template here has")
    return {name: loader.construct_scalar(node)}


_Template.add_multi_constructor("!", _short_form)


def make_boundary(session: boto3.Session, *statements: Mapping[str, Any]) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
    made = session.client("iam").create_policy(PolicyName="bounded", PolicyDocument=document)
    return str(made["Policy"]["Arn"])


@EACH_TRUST
def test_every_role_of_the_template_has_the_boundary(trust: Any) -> None:
    template = yaml.load(trust.template, Loader=_Template)
    roles = [each for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 2
    wanted = {"If": ["IsBounded", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
    assert [role["Properties"]["PermissionsBoundary"] for role in roles] == [wanted, wanted]
    given = {"Not": [{"Equals": [{"Ref": "PermissionsBoundary"}, ""]}]}
    assert template["Conditions"]["IsBounded"] == given


@EACH_TRUST
@pytest.mark.parametrize("boundary", ["", f"arn:aws:iam::{ACCOUNT}:policy/bounded"])
@pytest.mark.usefixtures("session")
def test_the_boundary_is_a_parameter(trust: Any, boundary: str) -> None:
    made: Any = Session(CloudFormation())
    pipeline.deploy_roles(made, STACK, trust, boundary=boundary)
    assert made.cloudformation.parameters["PermissionsBoundary"] == boundary


@EACH_TRUST
def test_the_boundary_is_shown_before_confirmation(trust: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/bounded"
    assert arn in pipeline.explain(STACK, ACCOUNT, trust, None, arn)
    assert "boundary" not in pipeline.explain(STACK, ACCOUNT, trust, None)


@pytest.mark.parametrize(
    ("statements", "missing"),
    [
        ([ASSUME, READ, BUCKETS], None),
        ([BUCKETS, READ], f"sts:AssumeRole on {ROLES}"),
        ([BUCKETS, ASSUME], f"ListStackResources on {OWN_STACK}"),
        ([ASSUME, READ, {**ASSUME, "Effect": "Deny"}], f"sts:AssumeRole on {ROLES}"),
    ],
    ids=["suitable", "no roles", "no stack", "denial"],
)
def test_the_boundary_has_to_allow_the_pipeline(
    session: boto3.Session, statements: list[Mapping[str, Any]], missing: str | None
) -> None:
    boundary = make_boundary(session, *statements)
    if missing is None:
        pipeline.check_boundary(session, STACK, ACCOUNT, boundary)
        return
    with pytest.raises(OperationError) as refusal:
        pipeline.check_boundary(session, STACK, ACCOUNT, boundary)
    assert str(refusal.value).endswith(missing)
    assert "\n" not in str(refusal.value)


def test_a_missing_boundary_is_named(session: boto3.Session) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/gone"
    with pytest.raises(
        OperationError, match=r"permissions_boundary of 'dev' is .*policy/gone, which"
    ):
        pipeline.check_boundary(session, STACK, ACCOUNT, arn)


class Toolkit(CloudFormation):
    """The CDK's own stack, bootstrapped with a boundary."""

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        assert StackName == "CDKToolkit"
        answer = super().describe_stacks(StackName)
        boundary = {
            "ParameterKey": "InputPermissionsBoundary",
            "ParameterValue": "developer-policy",
        }
        answer["Stacks"][0]["Parameters"] = [boundary]
        return answer


def test_the_last_boundary_of_the_cdks_stack_is_kept() -> None:
    bootstrapped: Any = Session(Toolkit({"Resources": {}}))
    assert toolkit.last_boundary(bootstrapped, STACK) == "developer-policy"
    empty: Any = Session(CloudFormation())
    assert toolkit.last_boundary(empty, STACK) is None


def test_the_cdk_bounds_all_of_its_roles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cdk = tmp_path / "cdk"
    cdk.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/arguments\n', encoding="utf-8")
    cdk.chmod(0o755)
    monkeypatch.setattr(toolkit, "CDK", cdk)
    toolkit.bootstrap(STACK, ACCOUNT, None, "developer-policy")
    given = (tmp_path / "arguments").read_text(encoding="utf-8")
    assert "--custom-permissions-boundary developer-policy" in given
    assert "--apply-permissions-boundary-to-all-roles" in given
    toolkit.bootstrap(STACK, ACCOUNT, None)
    assert "boundary" not in (tmp_path / "arguments").read_text(encoding="utf-8")
