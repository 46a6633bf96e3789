"""Which conditions keep outsiders away, and which values are credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tap_guardrails.model import App
from tap_guardrails.verdict import verdict
from tests.guardrails.assembly import Assembly, document, ref, resource

OTHER = "444455556666"
OWN = "111122223333"  # of the stack


def found(folder: Path, resources: dict[str, Any]) -> set[str]:
    """Return the rules with a finding under the core profile."""
    app = App(Assembly(folder).stack(resources).folder)
    return {finding.rule.id for finding in verdict(app, "core").findings}


def queue(*statements: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return a queue whose policy allows everyone to send messages, with further statements."""
    usual = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = document({**usual, **changed}, *statements)
    return {
        "Queue": resource("AWS::SQS::Queue"),
        "Policy": resource(
            "AWS::SQS::QueuePolicy",
            properties={"Queues": [ref("Queue")], "PolicyDocument": policy},
        ),
    }


OPEN: dict[str, dict[str, Any]] = {
    "no condition": {},
    "organization, if any": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    "any organization": {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
    "a role of any account": {"StringLike": {"aws:PrincipalArn": "*:role/deploy"}},
    "a user name": {"StringEquals": {"aws:username": "bob"}},
    "not through a service": {"Bool": {"aws:ViaAWSService": "false"}},
    "half of the internet": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
    "a tag of the caller": {"StringEquals": {"aws:PrincipalTag/team": "a"}},
    "TLS": {"Bool": {"aws:SecureTransport": "true"}},
}
CLOSED: dict[str, dict[str, Any]] = {
    "own organization": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    "own account": {"StringEquals": {"aws:PrincipalAccount": OWN}},
    "a network": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
    "an endpoint": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
}


@pytest.mark.parametrize("condition", OPEN.values(), ids=OPEN)
def test_a_condition_that_outsiders_satisfy_is_no_restriction(
    condition: dict[str, Any], tmp_path: Path
) -> None:
    assert "TAP701" in found(tmp_path, queue(Condition=condition))


@pytest.mark.parametrize("condition", CLOSED.values(), ids=CLOSED)
def test_a_condition_about_the_caller_keeps_outsiders_away(
    condition: dict[str, Any], tmp_path: Path
) -> None:
    assert "TAP701" not in found(tmp_path, queue(Condition=condition))


def deny(**changed: Any) -> dict[str, Any]:
    outside = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    usual = {"Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": outside}
    return {"Effect": "Deny", **usual, **changed}


@pytest.mark.parametrize(
    ("denied", "is_closed"),
    [
        (deny(), True),
        (deny(Action="sqs:Send?essage"), True),
        (deny(Action=None, NotAction="sqs:ReceiveMessage"), True),
        (deny(Resource="arn:aws:sqs:eu-west-1:111122223333:other"), False),
        (deny(Action="sqs:DeleteQueue"), False),
        (deny(Principal=None, NotPrincipal={"AWS": f"arn:aws:iam::{OTHER}:root"}), False),
    ],
    ids=["all", "?", "NotAction", "another queue", "another action", "all but a stranger"],
)
def test_a_deny_closes_what_it_includes(
    denied: dict[str, Any], is_closed: bool, tmp_path: Path
) -> None:
    statement = {key: value for key, value in denied.items() if value is not None}
    assert ("TAP701" in found(tmp_path, queue(statement))) != is_closed


def test_an_account_of_the_app_is_no_outsider(tmp_path: Path) -> None:
    resources = queue(Principal={"AWS": f"arn:aws:iam::{OTHER}:root"})
    assembly = Assembly(tmp_path).stack(resources)
    assert "TAP701" in {f.rule.id for f in verdict(App(assembly.folder), "core").findings}
    assembly.stack({}, name="theirs", environment=f"aws://{OTHER}/eu-west-1")
    assert "TAP701" not in {f.rule.id for f in verdict(App(assembly.folder), "core").findings}


PERMISSION = {"Action": "lambda:InvokeFunction", "FunctionName": "f"}
GITHUB = "token.actions.githubusercontent.com"


def one(kind: str, **properties: Any) -> dict[str, Any]:
    return {"One": resource(kind, properties=properties)}


def trust(**condition: Any) -> dict[str, Any]:
    """Return a role that users of GitHub's identity provider may assume."""
    provider = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{GITHUB}"}
    action = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity"}
    statement = {**action, "Principal": provider, "Condition": condition}
    return one("AWS::IAM::Role", AssumeRolePolicyDocument=document(statement))


def variables(**given: Any) -> dict[str, Any]:
    function = "AWS::Lambda::Function"
    return one(function, Runtime="nodejs22.x", Environment={"Variables": given})


JOINED = {"Fn::Join": ["", ["postgres://app:s3cr3tpw@", {"Ref": "Db"}, "/app"]]}
REFERENCE = {"Fn::Sub": "${Secret}"}
EVERY_RULE = "arn:aws:events:*:*:rule/*"
BUS = {"StatementId": "x", "Action": "events:PutEvents", "Principal": "*"}
EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
CONDITIONAL = document({"Fn::If": ["C", EVERYONE, {"Ref": "AWS::NoValue"}]})
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
INGRESS = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
CASES: dict[str, tuple[str, bool, dict[str, Any]]] = {
    "statement under a condition": (
        "TAP701", True, one("AWS::ECR::Repository", RepositoryPolicyText=CONDITIONAL)
    ),
    "policy without a document": ("TAP701", True, one("AWS::Events::EventBusPolicy", **BUS)),
    "endpoint service": (
        "TAP701", True, one("AWS::EC2::VPCEndpointServicePermissions", AllowedPrincipals=["*"])
    ),
    "any repository": ("TAP702", True, trust(StringLike={f"{GITHUB}:sub": "repo:*"})),
    "an owner by id": (
        "TAP702", False, trust(StringLike={f"{GITHUB}:sub": "repository_owner_id:123:*"})
    ),
    "source of any account": (
        "TAP703",
        True,
        one(
            "AWS::Lambda::Permission",
            **PERMISSION, Principal="events.amazonaws.com", SourceArn=EVERY_RULE,
        ),
    ),
    "anyone of the account": (
        "TAP703", False, one("AWS::Lambda::Permission", **PERMISSION, Principal="*",
                             SourceAccount=OWN)
    ),
    "joined network": (
        "TAP706", True, one("AWS::EC2::SecurityGroupIngress", **INGRESS,
                            CidrIp={"Fn::Join": ["/", ["0.0.0.0", "0"]]})
    ),
    "network of IPv6": (
        "TAP706", True, one("AWS::EC2::SecurityGroupIngress", **INGRESS,
                            CidrIpv6="0:0:0:0:0:0:0:0/0")
    ),
    "share in the organization": (
        "TAP709", False, one("AWS::RAM::ResourceShare", Name="x", Principals=[OTHER],
                             AllowExternalPrincipals=False)
    ),
    "password of words": ("TAP751", True, variables(PASSWORD="correct horse battery")),
    "password in a joined URL": ("TAP751", True, variables(DATABASE_URL=JOINED)),
    "token": ("TAP751", True, variables(API_TOKEN="a1b2c3d4")),
    "name of a secret": ("TAP751", False, variables(DB_SECRET="prod/db/credentials")),
    "ID of a key": ("TAP751", False, variables(MASTER_KEY=KEY_ID)),
    "reference": ("TAP751", False, variables(DB_PASSWORD=REFERENCE)),
    "argument of a container": (
        "TAP752", True, one("AWS::ECS::TaskDefinition", ContainerDefinitions=[
            {"Name": "a", "Image": "x", "Command": ["--key", "AKIA" + "ABCDEFGHIJKLMNOP"]}])
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "is_found", "resources"), CASES.values(), ids=CASES)
def test_access_and_credentials(
    rule: str, is_found: bool, resources: dict[str, Any], tmp_path: Path
) -> None:
    assert (rule in found(tmp_path, resources)) == is_found
