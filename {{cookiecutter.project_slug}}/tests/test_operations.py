"""Finding, bootstrapping and destroying environments, without AWS."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from operations import assembly, bootstrap, destroy
from operations.assembly import OperationError, Stack
from operations.session import confirm, session_for

ACCOUNT = "123456789012"
DEPLOYED = {
    "Resources": {
        "Data": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Delete",
            "Properties": {
                "BucketName": "tap-data",
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
        "Logs": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "Properties": {
                "BucketName": "tap-logs",
                "LifecycleConfiguration": {
                    "Rules": [{"Status": "Enabled", "ExpirationInDays": 90}]
                },
            },
        },
    }
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


def make_stack(*, production: bool = False, account: str | None = None) -> Stack:
    return Stack(
        name="tap-prod" if production else "tap-dev",
        environment="prod" if production else "dev",
        account=account,
        region="us-east-1",
        production=production,
        template=Path("unused.json"),
    )


@pytest.fixture
def deployed(session: boto3.Session) -> Stack:
    """A stack with a versioned data bucket that holds objects, and a log bucket that holds one."""
    stack = make_stack()
    session.client("cloudformation").create_stack(
        StackName=stack.name, TemplateBody=json.dumps(DEPLOYED)
    )
    s3 = session.client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket="tap-data", Key="incoming/a.json", Body=body)
    s3.delete_object(Bucket="tap-data", Key="incoming/a.json")
    s3.put_object(Bucket="tap-logs", Key="access.log", Body=b"log")
    return stack


def versions(session: boto3.Session, bucket: str) -> int:
    page = session.client("s3").list_object_versions(Bucket=bucket)
    return len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))


def write_assembly(folder: Path, *environments: str) -> None:
    artifacts = {
        f"tap-{name}": {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://unknown-account/{region}",
            "properties": {
                "templateFile": f"tap-{name}.template.json",
                "terminationProtection": name == "prod",
                "tags": {"Environment": name},
            },
        }
        for name, region in zip(environments, ("eu-west-1", "us-east-1"), strict=False)
    }
    manifest = {"artifacts": {"Tree": {"type": "cdk:tree", "properties": {}}, **artifacts}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_stacks_are_found_by_environment(tmp_path: Path) -> None:
    write_assembly(tmp_path, "dev", "prod")
    dev, prod = assembly.stacks(tmp_path).values()
    assert (dev.name, dev.account, dev.region, dev.production) == (
        "tap-dev",
        None,
        "eu-west-1",
        False,
    )
    assert prod.production


def test_an_unknown_environment_is_answered_with_those_that_exist(tmp_path: Path) -> None:
    write_assembly(tmp_path, "dev", "prod")
    with pytest.raises(OperationError, match=r"'qa' .*; try ENV=dev or ENV=prod"):
        assembly.stack_of("qa", tmp_path)


def test_without_a_synth_the_command_for_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="try: make synth"):
        assembly.stacks(tmp_path)


def test_destroy_empties_the_data_bucket_before_the_stack_is_deleted(
    session: boto3.Session, deployed: Stack
) -> None:
    seen = []
    destroy.destroy(session, deployed, lambda _: seen.append(versions(session, "tap-data")))
    assert seen == [0]


def test_destroy_leaves_logs_alone_and_names_them(
    session: boto3.Session, deployed: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    destroy.destroy(session, deployed, lambda _: None)
    assert versions(session, "tap-logs") == 1
    left = capsys.readouterr().out.split("These stay:")[1].split("\n")
    assert left[1] == "  AWS::S3::Bucket tap-logs, its objects expire within 90 days"


def test_more_versions_than_one_call_takes_are_all_deleted(
    session: boto3.Session, deployed: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destroy, "BATCH", 2)
    assert destroy.empty(session, "tap-data") == 3
    assert versions(session, "tap-data") == 0


def test_a_version_that_stays_stops_the_destruction(session: boto3.Session) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="tap-locked", ObjectLockEnabledForBucket=True)
    version = s3.put_object(Bucket="tap-locked", Key="kept", Body=b"1")["VersionId"]
    s3.put_object_legal_hold(
        Bucket="tap-locked", Key="kept", VersionId=version, LegalHold={"Status": "ON"}
    )
    with pytest.raises((OperationError, ClientError)):
        destroy.empty(session, "tap-locked")


def test_destroying_what_is_not_deployed_says_so(session: boto3.Session) -> None:
    with pytest.raises(OperationError, match="no stack 'tap-dev' in us-east-1"):
        destroy.resources(session, make_stack())


def test_production_takes_a_second_word(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = make_stack(production=True)
    session.client("cloudformation").create_stack(
        StackName=stack.name, TemplateBody=json.dumps(DEPLOYED)
    )
    destroyed = []
    monkeypatch.setattr(destroy, "stack_of", lambda _: stack)
    monkeypatch.setattr(destroy, "delete_stack", destroyed.append)
    monkeypatch.setattr(destroy, "destroy", lambda _, gone: destroyed.append(gone))
    assert destroy.main(["prod", "--yes=tap-prod", "--production=yes"]) == 1
    assert "'yes' is not 'prod': nothing was changed" in capsys.readouterr().err
    assert destroyed == []
    assert destroy.main(["prod", "--yes=tap-prod", "--production=prod"]) == 0
    assert destroyed == [stack]


def test_nothing_is_agreed_to_where_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(OperationError, match="say ARGS=--yes=tap-dev"):
        confirm("Type the stack's name:", "tap-dev", None, "--yes")


def test_credentials_of_another_account_are_refused() -> None:
    with pytest.raises(OperationError, match=f"account {ACCOUNT}, but 'dev' belongs to 2"):
        session_for(make_stack(account="2" * 12))


def test_credentials_of_the_right_account_are_taken() -> None:
    assert session_for(make_stack(account=ACCOUNT))[1] == ACCOUNT
{% if cookiecutter.ci == 'none' %}


def test_bootstrap_asks_before_it_acts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acted = []
    monkeypatch.setattr(bootstrap, "stack_of", lambda _: make_stack())
    monkeypatch.setattr(bootstrap, "bootstrap", lambda *given: acted.append(given))
    assert bootstrap.main(["dev", "--yes=wrong"]) == 1
    assert acted == []
    assert "AdministratorAccess" in capsys.readouterr().out
    assert bootstrap.main(["dev", f"--yes={ACCOUNT}"]) == 0
    assert acted == [(ACCOUNT, "us-east-1", None)]
{% else %}


def test_bootstrap_asks_before_it_acts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acted = []
    monkeypatch.setattr(bootstrap, "stack_of", lambda _: make_stack())
    monkeypatch.setattr(bootstrap, "bootstrap", lambda *given: acted.append(given))
    assert bootstrap.main(["dev", "--repository=org/tap", "--yes=wrong"]) == 1
    assert acted == []
    assert "AdministratorAccess" in capsys.readouterr().out


def test_a_pattern_is_no_repository(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "stack_of", lambda _: make_stack())
    assert bootstrap.main(["dev", "--repository=org/*"]) == 1
    assert "repository 'org/*' is not a path" in capsys.readouterr().err


def test_the_pipeline_may_only_assume_the_roles_of_the_cdk(session: boto3.Session) -> None:
    outputs = bootstrap.deploy_roles(session, "tap-dev-pipeline", "dev", "org/tap")
    iam = session.client("iam")
    for output, kinds in {
        "DeployRoleArn": {"deploy", "file-publishing", "lookup"},
        "DiffRoleArn": {"lookup"},
    }.items():
        role = outputs[output].rpartition("/")[2]
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        (statement,) = policy["Statement"]
        allowed = statement["Resource"]
        assert statement["Action"] == "sts:AssumeRole"
        assert set(allowed if isinstance(allowed, list) else [allowed]) == {
            f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-{kind}-role-{ACCOUNT}-us-east-1"
            for kind in kinds
        }


def test_only_this_repository_can_take_on_the_roles(session: boto3.Session) -> None:
    outputs = bootstrap.deploy_roles(session, "tap-dev-pipeline", "dev", "org/tap")
    role = session.client("iam").get_role(RoleName=outputs["DeployRoleArn"].rpartition("/")[2])
    (statement,) = role["Role"]["AssumeRolePolicyDocument"]["Statement"]
{% if cookiecutter.ci == 'github' %}
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:org/tap:environment:dev",
        }
    }
{% else %}
    assert statement["Condition"] == {
        "StringEquals": {
            "gitlab.com:aud": "https://gitlab.com",
            "gitlab.com:sub": "project_path:org/tap:ref_type:branch:ref:main",
        }
    }
{% endif %}


def test_an_identity_provider_of_the_account_is_used_as_it_is(session: boto3.Session) -> None:
    iam = session.client("iam")
    arn = iam.create_open_id_connect_provider(
        Url=f"https://{bootstrap.PROVIDER}", ClientIDList=["any"], ThumbprintList=[]
    )["OpenIDConnectProviderArn"]
    outputs = bootstrap.deploy_roles(session, "tap-dev-pipeline", "dev", "org/tap")
    role = iam.get_role(RoleName=outputs["DeployRoleArn"].rpartition("/")[2])
    (statement,) = role["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Federated": arn}
    assert len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 1
{% endif %}
