"""Deploying an environment from each state of its stack, without AWS."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tap_project import assembly, deploy
from tap_project.assembly import OperationError, Stack
from tap_project.session import deployment_session

ACCOUNT = "123456789012"
WHEN = datetime(2026, 1, 31, tzinfo=UTC)
STACK_ID = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/tap-prod/1"
PROD = Stack(
    name="tap-prod",
    environment="prod",
    account=None,
    region="us-east-1",
    production=True,
    template=Path("unused.json"),
    deploy_role="arn:${AWS::Partition}:iam::${AWS::AccountId}:role/deploy-${AWS::AccountId}",
)


class CloudFormation:
    """A client with a fixed sequence of calls and answers."""

    def __init__(self) -> None:
        self.client: Any = boto3.client(
            "cloudformation",
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        self.stub = Stubber(self.client)

    def call(self, operation: str, answer: dict[str, Any] | None = None, **request: Any) -> None:
        self.stub.add_response(operation, answer or {}, request)

    def state(self, status: str, name: str = STACK_ID, *, protected: bool = False) -> None:
        stack = {
            "StackName": PROD.name,
            "StackId": STACK_ID,
            "StackStatus": status,
            "CreationTime": WHEN,
            "EnableTerminationProtection": protected,
        }
        self.call("describe_stacks", {"Stacks": [stack]}, StackName=name)

    def resources(self, **statuses: str) -> None:
        summaries = [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": f"tap-prod-{name.lower()}",
                "ResourceType": f"AWS::Any::{name}",
                "ResourceStatus": status,
                "LastUpdatedTimestamp": WHEN,
            }
            for name, status in statuses.items()
        ]
        answer = {"StackResourceSummaries": summaries}
        self.call("list_stack_resources", answer, StackName=STACK_ID)

    def events(self, *statuses: str) -> None:
        events = [
            {
                "StackId": STACK_ID,
                "EventId": str(number),
                "StackName": PROD.name,
                "PhysicalResourceId": STACK_ID,
                "Timestamp": WHEN,
                "ResourceStatus": status,
            }
            for number, status in enumerate(statuses)
        ]
        self.call("describe_stack_events", {"StackEvents": events}, StackName=STACK_ID)

    def prepare(self, yes: str | None = None, *skip: str) -> None:
        with self.stub:
            try:
                deploy.prepare(self.client, PROD, yes, skip)
            finally:
                self.stub.assert_no_pending_responses()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "POLL_SECONDS", 0)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)


@pytest.fixture
def cloudformation() -> CloudFormation:
    return CloudFormation()


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_healthy_stack_is_not_changed(
    status: str, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.state(status, PROD.name, protected=True)
    cloudformation.prepare()
    assert capsys.readouterr().out.startswith(f"Stack tap-prod is {status}: ")


def test_a_stack_that_does_not_exist_is_created(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.stub.add_client_error(
        "describe_stacks", "ValidationError", "Stack with id tap-prod does not exist"
    )
    cloudformation.prepare()
    assert "Next: create it." in capsys.readouterr().out


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
def test_another_operation_is_waited_for(status: str, cloudformation: CloudFormation) -> None:
    cloudformation.state(status, PROD.name)
    cloudformation.state(status)
    cloudformation.state("UPDATE_COMPLETE")
    cloudformation.state("UPDATE_COMPLETE", PROD.name)
    cloudformation.prepare()


def test_waiting_for_an_operation_has_a_limit(
    cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "TIMEOUT_SECONDS", -1)
    cloudformation.state("UPDATE_IN_PROGRESS", PROD.name)
    cloudformation.state("UPDATE_IN_PROGRESS")
    with pytest.raises(OperationError, match="still UPDATE_IN_PROGRESS; try make deploy again"):
        cloudformation.prepare()


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"])
def test_protection_is_disabled_only_after_confirmation(
    status: str, cloudformation: CloudFormation
) -> None:
    cloudformation.state(status, PROD.name, protected=True)
    with pytest.raises(OperationError, match="add ARGS=--yes=tap-prod"):
        cloudformation.prepare()


def test_a_failed_first_deployment_is_deleted_and_retained_resources_are_named(
    cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation.state("ROLLBACK_FAILED", PROD.name, protected=True)
    cloudformation.call(
        "update_termination_protection",
        StackName=PROD.name,
        EnableTerminationProtection=False,
    )
    cloudformation.call("delete_stack", StackName=STACK_ID)
    cloudformation.state("DELETE_IN_PROGRESS")
    cloudformation.state("DELETE_FAILED")
    cloudformation.resources(Table="DELETE_FAILED", Key="DELETE_SKIPPED", Role="DELETE_COMPLETE")
    cloudformation.call("delete_stack", StackName=STACK_ID, RetainResources=["Table"])
    cloudformation.state("DELETE_COMPLETE")
    cloudformation.resources(Table="DELETE_SKIPPED", Key="DELETE_SKIPPED", Role="DELETE_COMPLETE")
    cloudformation.prepare(PROD.name)
    assert capsys.readouterr().out.partition("These resources remain:\n")[2].splitlines() == [
        "  AWS::Any::Table tap-prod-table",
        "  AWS::Any::Key tap-prod-key",
    ]


def test_a_stack_that_can_not_be_deleted_is_reported(cloudformation: CloudFormation) -> None:
    cloudformation.state("ROLLBACK_COMPLETE", PROD.name)
    cloudformation.call("delete_stack", StackName=STACK_ID)
    cloudformation.state("DELETE_FAILED")
    cloudformation.resources(Table="DELETE_COMPLETE")
    with pytest.raises(OperationError, match="is DELETE_FAILED and could not be deleted"):
        cloudformation.prepare()


@pytest.mark.parametrize(
    "history",
    [
        ("DELETE_FAILED", "CREATE_COMPLETE", "CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"),
        ("DELETE_FAILED", "DELETE_IN_PROGRESS"),
        (),
    ],
    ids=["deployed", "older than its events", "without events"],
)
def test_a_stack_that_may_have_been_deployed_is_not_deleted(
    history: tuple[str, ...], cloudformation: CloudFormation
) -> None:
    cloudformation.state("DELETE_FAILED", PROD.name)
    cloudformation.events(*history)
    with pytest.raises(OperationError, match="try: make destroy ENV=prod"):
        cloudformation.prepare(PROD.name)


def test_an_update_is_rolled_back_only_after_confirmation(cloudformation: CloudFormation) -> None:
    cloudformation.state("UPDATE_ROLLBACK_FAILED", PROD.name)
    with pytest.raises(OperationError, match="add ARGS=--yes=tap-prod"):
        cloudformation.prepare()


def test_a_rollback_continues_without_skipped_resources(cloudformation: CloudFormation) -> None:
    cloudformation.state("UPDATE_ROLLBACK_FAILED", PROD.name)
    cloudformation.call(
        "continue_update_rollback", StackName=STACK_ID, ResourcesToSkip=["ApiFunction"]
    )
    cloudformation.state("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    cloudformation.state("UPDATE_ROLLBACK_COMPLETE")
    cloudformation.prepare(PROD.name, "ApiFunction")


def test_a_rollback_that_fails_again_names_the_resources_to_skip(
    cloudformation: CloudFormation,
) -> None:
    cloudformation.state("UPDATE_FAILED", PROD.name)
    cloudformation.call("rollback_stack", StackName=STACK_ID)
    cloudformation.state("UPDATE_ROLLBACK_FAILED")
    cloudformation.resources(ApiFunction="UPDATE_FAILED", Table="UPDATE_COMPLETE")
    with pytest.raises(OperationError, match=r"ARGS='--yes=tap-prod --skip=ApiFunction'$"):
        cloudformation.prepare(PROD.name)


@pytest.mark.parametrize("approval", [None, "never"])
def test_the_cdk_cli_receives_makes_options(
    approval: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", run)
    assert deploy.run_cli(PROD, approval) == 3
    options = ["--outputs-file", str(tmp_path / "build" / "outputs-prod.json")]
    options += ["--require-approval", "never"] if approval else []
    assert ran[0][1:] == ["deploy", "--app", str(assembly.ASSEMBLY), *options, "tap-prod"]


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session("testing", "testing", region_name="us-east-1")


def test_the_stack_is_read_with_the_role_that_deploys(session: boto3.Session) -> None:
    assumed = deployment_session(session, PROD, ACCOUNT)
    arn = assumed.client("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy-{ACCOUNT}/make-deploy"


def test_without_that_role_the_callers_permissions_are_used(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts = session.client("sts")
    monkeypatch.setattr(session, "client", lambda _: sts)
    with Stubber(sts) as stub:
        stub.add_client_error("assume_role", "AccessDenied")
        assert deployment_session(session, PROD, ACCOUNT) is session
