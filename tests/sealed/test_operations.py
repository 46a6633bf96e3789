"""Finding, bootstrapping and destroying environments, without AWS, for each kind of pipeline."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import botocore.client
import botocore.session
import pytest
import yaml
from botocore import exceptions
from botocore.exceptions import ClientError
from moto import mock_aws

from local_extensions import screen
from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from tap_project import (
    answers,
    assembly,
    bootstrap,
    command,
    destroy,
    doctor,
    environments,
    identity_github,
    identity_gitlab,
    pipeline,
    toolkit,
)
from tap_project import session as session_module
from tap_project.assembly import OperationError, Stack
from tap_project.problem import Problem
from tap_project.session import confirm, session_for
from tests.conftest import Bake

ACCOUNT = "123456789012"
CI = ("github", "gitlab", "none")
PROJECT = TEMPLATE_ROOT / PROJECT_FOLDER
DEPLOYED = {
    "Resources": {
        "Data": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Delete"},
        "Logs": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "Properties": {
                "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 90}]}
            },
        },
    }
}


class CloudFormation:
    """A model of the CloudFormation calls of the operations: one stack, deployed or not."""

    def __init__(self, deployed: dict[str, Any] | None = None, gone: str = "") -> None:
        self.deployed = deployed
        self.gone = gone
        self.parameters: dict[str, str] = {}
        self.protected = True
        self.status = "CREATE_COMPLETE"

    def get_template(self, StackName: str) -> dict[str, Any]:
        self.describe_stacks(StackName)
        return {"TemplateBody": self.deployed}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        if self.deployed is None:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "Any")
        outputs = [{"OutputKey": "DiffRoleArn", "OutputValue": "arn"}]
        return {"Stacks": [{"StackId": "id", "StackStatus": self.status, "Outputs": outputs}]}

    def get_paginator(self, operation: str) -> "CloudFormation":
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:
        self.describe_stacks(StackName)
        assert self.deployed is not None
        return [
            {
                "StackResourceSummaries": [
                    {
                        "LogicalResourceId": logical_id,
                        "PhysicalResourceId": f"tap-{logical_id.lower()}",
                        "ResourceStatus": (
                            "DELETE_COMPLETE" if logical_id == self.gone else "CREATE_COMPLETE"
                        ),
                        "ResourceType": declared["Type"],
                    }
                ]
            }
            for logical_id, declared in self.deployed["Resources"].items()
        ]

    def update_termination_protection(self, StackName: str, **given: bool) -> None:
        self.protected = given["EnableTerminationProtection"]

    def create_stack(self, **request: Any) -> None:
        self.deployed = {"Resources": {}}
        self.update_stack(**request)

    def update_stack(self, **request: Any) -> None:
        self.parameters = {
            given["ParameterKey"]: given["ParameterValue"] for given in request["Parameters"]
        }

    def get_waiter(self, _: str) -> "CloudFormation":
        return self

    def wait(self, StackName: str) -> None:
        self.describe_stacks(StackName)


class Session:
    """A session with the CloudFormation model above; other services are moto's."""

    aws = boto3.Session("testing", "testing", region_name="us-east-1")
    region_name = "us-east-1"

    def __init__(self, cloudformation: CloudFormation) -> None:
        self.cloudformation = cloudformation

    def client(self, service: str) -> Any:
        return self.cloudformation if service == "cloudformation" else self.aws.client(service)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Return an empty account, for a project without pipelines."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr(answers, "ci", lambda: "none")
    with mock_aws():
        yield


@pytest.fixture
def session() -> Session:
    """Return a session with a stack, a versioned data bucket and a log bucket, with objects."""
    session = Session(CloudFormation(DEPLOYED))
    s3 = session.client("s3")
    for bucket in ("tap-data", "tap-logs"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="tap-data", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="tap-data", Key="incoming/a.json", Body=body)
    s3.delete_object(Bucket="tap-data", Key="incoming/a.json")
    s3.put_object(Bucket="tap-logs", Key="access.log", Body=b"log")
    return session


def make_stack(*, production: bool = False, account: str | None = None) -> Stack:
    return Stack(
        name="tap-prod" if production else "tap-dev",
        environment="prod" if production else "dev",
        account=account,
        region="us-east-1",
        production=production,
        template=Path("unused.json"),
    )


def versions(session: Session, bucket: str) -> int:
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


def test_an_unknown_environment_is_rejected_with_the_existing_ones(tmp_path: Path) -> None:
    write_assembly(tmp_path, "dev", "prod")
    with pytest.raises(OperationError, match=r"'qa' .*; try ENV=dev or ENV=prod"):
        assembly.stack_of("qa", tmp_path)


def test_without_a_synth_the_command_for_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="try: make synth"):
        assembly.stacks(tmp_path)


def test_destroy_empties_the_data_bucket_before_the_stack_is_deleted(
    session: Session,
) -> None:
    seen = []
    destroy.destroy(session, make_stack(), lambda _: seen.append(versions(session, "tap-data")))
    assert seen == [0]


def test_destroy_keeps_logs_and_names_them(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    destroy.destroy(session, make_stack(), lambda _: None)
    assert versions(session, "tap-logs") == 1
    left = capsys.readouterr().out.split("These resources remain:")[1].split("\n")
    assert left[1] == "  AWS::S3::Bucket tap-logs, its objects expire within 90 days"


def test_more_versions_than_one_call_accepts_are_deleted(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destroy, "BATCH", 2)
    assert destroy.empty(session, "tap-data") == 3
    assert versions(session, "tap-data") == 0


def test_a_version_that_can_not_be_deleted_stops_the_destruction(session: Session) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="tap-locked", ObjectLockEnabledForBucket=True)
    version = s3.put_object(Bucket="tap-locked", Key="kept", Body=b"1")["VersionId"]
    s3.put_object_legal_hold(
        Bucket="tap-locked", Key="kept", VersionId=version, LegalHold={"Status": "ON"}
    )
    with pytest.raises((OperationError, ClientError)):
        destroy.empty(session, "tap-locked")


def test_a_resource_that_a_rollback_deleted_is_skipped() -> None:
    session = Session(CloudFormation(DEPLOYED, gone="Data"))
    (left,) = destroy.resources(session, make_stack())
    assert left.physical_id == "tap-logs"


def test_destroying_an_environment_that_is_not_deployed_is_reported() -> None:
    with pytest.raises(OperationError, match="no stack 'tap-dev' in us-east-1"):
        destroy.resources(Session(CloudFormation()), make_stack())


@pytest.mark.parametrize("exists", [True, False], ids=["exists", "absent"])
def test_destroy_names_the_stack_of_the_roles_where_it_exists(exists: bool) -> None:
    output = destroy.roles_left(Session(CloudFormation(DEPLOYED if exists else None)), make_stack())
    command = "aws cloudformation delete-stack --region us-east-1 --stack-name tap-dev-pipeline"
    assert (command in output) is exists


@pytest.mark.parametrize("ci", CI)
def test_only_a_project_with_pipelines_looks_for_their_roles(
    ci: str, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Stack] = []

    def roles_left(_: Any, stack: Stack) -> str:
        looked.append(stack)
        return ""

    monkeypatch.setattr(answers, "ci", lambda: ci)
    monkeypatch.setattr(destroy, "roles_left", roles_left)
    destroy.destroy(session, make_stack(), lambda _: None)
    assert bool(looked) is (ci != "none")


@pytest.mark.parametrize(("second_word", "code"), [("yes", 1), ("prod", 0)])
def test_production_requires_a_second_confirmation(
    second_word: str, code: int, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = make_stack(production=True)
    deleted: list[Stack] = []
    monkeypatch.setattr(destroy, "stack_of", lambda _: stack)
    monkeypatch.setattr(destroy, "session_for", lambda _: (session, ACCOUNT))
    monkeypatch.setattr(destroy, "delete_stack", deleted.append)
    given = ["prod", "--yes=tap-prod", f"--production={second_word}"]
    assert destroy.main(given) == code
    assert session.cloudformation.protected is bool(code)
    assert deleted == ([] if code else [stack])


def test_nothing_is_confirmed_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(OperationError, match="add ARGS=--yes=tap-dev"):
        confirm("Type the stack's name:", "tap-dev", None, "--yes")


def test_credentials_of_another_account_are_rejected() -> None:
    with pytest.raises(OperationError, match=f"account {ACCOUNT}, but 'dev' belongs to 2"):
        session_for(make_stack(account="2" * 12))


def test_credentials_of_the_right_account_are_accepted() -> None:
    assert session_for(make_stack(account=ACCOUNT))[1] == ACCOUNT


class Settings:
    """The settings of the environment dev."""

    name, region, account, production = "dev", "us-east-1", None, False
    bootstrap_qualifier: str | None = None


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of dev, as infra/settings.py would have them."""
    settings = Settings()
    monkeypatch.setattr(environments, "known", lambda _: settings)
    monkeypatch.setattr(environments, "stack_name", lambda _: "tap-dev")
    return settings


@pytest.mark.parametrize("valid", [True, False], ids=["valid", "missing"])
@pytest.mark.usefixtures("dev")
def test_missing_credentials_are_reported_in_one_line(
    valid: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not valid:
        monkeypatch.setattr(botocore.session.Session, "get_credentials", lambda _: None)
    assert session_module.main(["dev"]) == (0 if valid else 1)
    line = "there are no AWS credentials; try: aws sso login, or set AWS_PROFILE\n"
    assert capsys.readouterr() == ("", "" if valid else line)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            exceptions.ProfileNotFound(profile="x"),
            "the config profile (x) could not be found; try: aws configure list-profiles",
        ),
        (
            ClientError({"Error": {"Code": "ExpiredToken", "Message": "old"}}, "GetCallerIdentity"),
            "the AWS credentials have expired (An error occurred (ExpiredToken) when calling the"
            " GetCallerIdentity operation: old); try: aws sso login",
        ),
        (
            exceptions.UnauthorizedSSOTokenError(),
            "the AWS credentials have expired (The SSO session associated with this profile has"
            " expired or is otherwise invalid. To refresh this SSO session run aws sso login with"
            " the corresponding profile.); try: aws sso login",
        ),
        (
            ClientError({"Error": {"Code": "InvalidClientTokenId", "Message": "no\nno"}}, "Get"),
            "the AWS credentials are not valid (An error occurred (InvalidClientTokenId) when"
            " calling the Get operation: no no); try: aws sso login, or set AWS_PROFILE",
        ),
        (
            exceptions.EndpointConnectionError(endpoint_url="https://sts"),
            'AWS can\'t be reached (Could not connect to the endpoint URL: "https://sts"); check'
            " the network, HTTPS_PROXY and AWS_ENDPOINT_URL",
        ),
    ],
    ids=["profile", "expired", "SSO", "rejected", "network"],
)
@pytest.mark.usefixtures("dev")
def test_the_reason_of_unusable_credentials_is_one_line(
    error: Exception,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(boto3, "Session", fail)
    assert session_module.main(["dev"]) == 1
    assert capsys.readouterr() == ("", f"{line}\n")


def test_a_login_names_the_profile_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "team")
    found = session_module.reason(exceptions.NoCredentialsError())
    assert "aws sso login --profile team" in found


@pytest.mark.parametrize("qualifier", [None, "team"])
def test_a_missing_bootstrap_is_reported_in_one_line(
    qualifier: str | None, dev: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    dev.bootstrap_qualifier = qualifier
    assert session_module.main(["dev", "--bootstrap"]) == 1
    line = f"account {ACCOUNT} has no CDK bootstrap in us-east-1; try: make bootstrap ENV=dev\n"
    assert capsys.readouterr() == ("", line)
    name = f"/cdk-bootstrap/{qualifier or 'hnb659fds'}/version"
    Session.aws.client("ssm").put_parameter(Name=name, Value="30", Type="String")
    assert session_module.main(["dev", "--bootstrap"]) == 0


@pytest.mark.parametrize(
    ("ci", "arguments"),
    [
        ("github", " ARGS=--repository=OWNER/NAME"),
        ("gitlab", " ARGS=--repository=GROUP/NAME"),
        ("none", ""),
    ],
)
def test_the_command_of_a_bootstrap_is_complete(
    ci: str, arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen after rendering shows the same command."""
    monkeypatch.setattr(answers, "ci", lambda: ci)
    assert toolkit.command("dev") == f"make bootstrap ENV=dev{arguments}"
    assert toolkit.REPOSITORY == screen.REPOSITORY


@pytest.mark.parametrize(
    ("option", "remedy"),
    [("--stack", "try: make deploy ENV=dev"), ("--deletion", "nothing is left to delete")],
)
@pytest.mark.usefixtures("dev")
def test_a_missing_stack_is_reported_in_one_line(
    option: str,
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    session = Session(CloudFormation())
    monkeypatch.setattr(session_module, "session_in", lambda *_: (session, ACCOUNT))
    assert session_module.main(["dev", option]) == 1
    line = f"there is no stack 'tap-dev' in us-east-1 of account {ACCOUNT}; {remedy}\n"
    assert capsys.readouterr() == ("", line)
    session.cloudformation.deployed = DEPLOYED
    assert session_module.main(["dev", option]) == 0


@pytest.mark.parametrize("option", ["--bootstrap", "--stack"])
@pytest.mark.usefixtures("dev")
def test_a_caller_who_may_not_look_is_let_through(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role of a pipeline can only assume the CDK's roles."""
    call = botocore.client.BaseClient._make_api_call

    def deny(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "GetCallerIdentity":
            return call(client, operation, parameters)
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", deny)
    assert session_module.main(["dev", option]) == 0


def test_instructions_for_another_team_need_no_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(botocore.session.Session, "get_credentials", lambda _: None)
    assert session_module.main(["dev", "--nothing"]) == 0


@pytest.mark.parametrize(
    ("goal", "requires"),
    [
        ("deploy", "--bootstrap"),
        ("smoke", "--stack"),
        ("destroy", "--deletion"),
        ("diff", ""),
        ("doctor", ""),
        ("bootstrap", ""),
        ("bootstrap ARGS=--print", "--nothing"),
    ],
)
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_account_is_checked_before_the_synth(goal: str, requires: str, bake: Bake) -> None:
    environment = {"HOME": os.devnull, "PATH": os.environ["PATH"]}
    printed = subprocess.run(
        ["make", "-n", *goal.split(), "ENV=dev"],
        cwd=bake(),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"-m tap_project.session 'dev' {requires}\n" in printed
    assert printed.index("tap_project.session 'dev'") < printed.index("synth --strict")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (OperationError("try this"), 1, "try this\n"),
        (ClientError({"Error": {"Code": "A", "Message": "b\nc"}}, "Do"), 1,
         "An error occurred (A) when calling the Do operation: b c\n"),
        (exceptions.NoRegionError(), 1, "You must specify a region.\n"),
        (KeyboardInterrupt(), 130, "\nStopped.\n"),
    ],
    ids=["ours", "of AWS", "of botocore", "Ctrl-C"],
)  # fmt: skip
def test_a_command_ends_without_a_traceback(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> int:
        raise error

    assert command.reported(work) == code
    assert capsys.readouterr() == ("", line)


def test_a_reader_that_stops_early_ends_a_command_quietly() -> None:
    source = (
        "from tap_project.command import reported\n"
        "reported(lambda: [print('x' * 80) for _ in range(10000)] and 0)\n"
    )
    python = [sys.executable, "-B", "-c", source]
    with subprocess.Popen(
        python, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.close()
        assert writer.stderr.read() == ""


def test_an_end_of_input_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", end)
    with pytest.raises(OperationError, match="nothing was changed"):
        confirm("Type the stack's name:", "tap-dev", None, "--yes")


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("ROLLBACK_COMPLETE", "make deploy ENV=dev"),
        ("UPDATE_ROLLBACK_FAILED", "make deploy ENV=dev"),
        ("DELETE_FAILED", "make destroy ENV=dev"),
    ],
)
def test_the_doctor_names_the_next_command(
    status: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "was_deployed", lambda *_: True)
    cloudformation = CloudFormation(DEPLOYED)
    cloudformation.status = status
    subject = doctor.Subject(make_stack(), Session(cloudformation), ACCOUNT)
    with pytest.raises(Problem, match=f"is {status}; try: {remedy}"):
        doctor._state(subject)


ARGUMENTS = {
    "github": ["--repository=org@1/tap@2"],
    "gitlab": ["--repository=org/tap", "--project-id=3"],
    "none": [],
}


@pytest.fixture(params=CI)
def ci(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the kind of pipelines, as recorded in pyproject.toml."""
    given = str(request.param)
    monkeypatch.setattr(answers, "ci", lambda: given)
    return given


@pytest.fixture
def arguments(ci: str) -> Callable[..., list[str]]:
    """Return a function that gives the arguments of a bootstrap of dev, and further ones."""
    return lambda *more: ["dev", *ARGUMENTS[ci], *more]


@pytest.fixture
def bootstrapped(ci: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Return the calls of the CDK CLI, for dev alone in its account."""
    acted: list[tuple[Any, ...]] = []
    monkeypatch.setattr(bootstrap, "stack_of", lambda _: make_stack())
    monkeypatch.setattr(bootstrap, "stacks", lambda: {"dev": make_stack()})
    monkeypatch.setattr(bootstrap, "boundary_of", lambda *_: "")
    monkeypatch.setattr(toolkit, "last_boundary", lambda *_: None)
    monkeypatch.setattr(toolkit, "bootstrap", lambda *given: acted.append(given))
    if ci != "none":
        session, roles = Session(CloudFormation()), {"DeployRoleArn": "one", "DiffRoleArn": "two"}
        monkeypatch.setattr(bootstrap, "session_for", lambda _: (session, ACCOUNT))
        monkeypatch.setattr(pipeline, "deploy_roles", lambda *_: roles)
        # Neither gh nor glab is installed.
        monkeypatch.setenv("PATH", "")
    return acted


def test_bootstrap_asks_before_it_acts(
    bootstrapped: list[tuple[Any, ...]],
    arguments: Callable[..., list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bootstrap.main(arguments("--yes=wrong")) == 1
    assert bootstrapped == []
    assert "AdministratorAccess" in capsys.readouterr().out
    assert bootstrap.main(arguments(f"--yes={ACCOUNT}")) == 0
    assert bootstrapped == [(make_stack(), ACCOUNT, None, None)]


@pytest.mark.parametrize("accepted", [False, True], ids=["rejected", "accepted"])
def test_production_in_a_shared_account_has_to_be_accepted(
    accepted: bool,
    bootstrapped: list[tuple[Any, ...]],
    arguments: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = {"dev": make_stack(), "prod": make_stack(production=True)}
    monkeypatch.setattr(bootstrap, "stacks", lambda: both)
    more = ["--shared-account"] if accepted else []
    assert bootstrap.main(arguments(f"--yes={ACCOUNT}", *more)) == (0 if accepted else 1)
    assert bool(bootstrapped) is accepted
    output = capsys.readouterr()
    assert "dev can change prod: its deployments use the CDK's roles cdk-hnb659fds-*" in output.out
    assert ("adding --shared-account to ARGS" in output.err) is not accepted


def test_production_in_a_separate_account_is_bootstrapped_without_a_question(
    bootstrapped: list[tuple[Any, ...]],
    arguments: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart = {"dev": make_stack(), "prod": make_stack(production=True, account="2" * 12)}
    monkeypatch.setattr(bootstrap, "stacks", lambda: apart)
    assert bootstrap.main(arguments(f"--yes={ACCOUNT}")) == 0
    assert len(bootstrapped) == 1


def test_a_project_without_pipelines_takes_no_repository(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(answers, "ci", lambda: "none")
    with pytest.raises(SystemExit):
        bootstrap.main(["dev", "--repository=org/tap"])
    assert "unrecognized arguments: --repository=org/tap" in capsys.readouterr().err


PIPELINES = pytest.mark.parametrize("ci", ["github", "gitlab"], indirect=True)


@PIPELINES
def test_a_pattern_is_rejected_as_repository(
    bootstrapped: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["dev", "--repository=org/*"]) == 1
    assert bootstrapped == []
    assert "repository 'org/*' is not" in capsys.readouterr().err


def trust_of(ci: str, issuer: str = "") -> Any:
    if ci == "github":
        return identity_github.Trust(
            issuer=issuer or identity_github.ISSUER,
            owner="org",
            name="tap",
            owner_id="1",
            repository_id="2",
        )
    return identity_gitlab.Trust(
        issuer=issuer or identity_gitlab.ISSUER, repository="org/tap", project_id="3"
    )


@pytest.fixture
def trust(ci: str) -> Any:
    """One repository with ids."""
    return trust_of(ci)


class _Template(yaml.SafeLoader):
    """Load a CloudFormation template; a short form such as `!Sub x` becomes x."""


_Template.add_multi_constructor(
    "!",
    lambda loader, _, node: (
        loader.construct_sequence(node)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_scalar(node)
    ),
)


def role(trust: Any, name: str) -> dict[str, Any]:
    """Return the properties of a role of the pipeline."""
    loaded = yaml.load(trust.template, _Template)
    properties: dict[str, Any] = loaded["Resources"][name]["Properties"]
    return properties


@PIPELINES
def test_a_deployment_may_only_assume_the_roles_of_the_cdk(trust: Any) -> None:
    (policy,) = role(trust, "DeployRole")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Resource"] == [
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
        f"cdk-${{Qualifier}}-{kind}-role-${{AWS::AccountId}}-${{AWS::Region}}"
        for kind in ("deploy", "file-publishing", "lookup")
    ]


@PIPELINES
def test_a_diff_may_read_the_templates_of_its_stack_and_nothing_else(trust: Any) -> None:
    (policy,) = role(trust, "DiffRole")["Policies"]
    own, nested = policy["PolicyDocument"]["Statement"]
    assert own["Action"] == [
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "cloudformation:ListStackResources",
    ]
    assert nested["Action"] == own["Action"]
    assert own["Resource"].endswith(":stack/${StackName}/*")
    assert nested["Resource"].endswith(":stack/${StackName}-*/*")


@PIPELINES
def test_a_diff_may_not_read_an_environment_with_the_same_prefix(trust: Any) -> None:
    (policy,) = role(trust, "DiffRole")["Policies"]
    _, nested = policy["PolicyDocument"]["Statement"]
    assert nested["Condition"] == {"StringEquals": {"aws:ResourceTag/Environment": "Environment"}}


@pytest.mark.parametrize("production", [False, True], ids=["dev", "prod"])
def test_bootstrap_for_github_prints_how_to_restrict_deployments(production: bool) -> None:
    stack = make_stack(production=production)
    outputs = {"DeployRoleArn": "one", "DiffRoleArn": "two"}
    output = pipeline.next_steps(stack, trust_of("github"), outputs)
    assert "let only the branch main deploy to it" in output
    assert ("required reviewers" in output) is production


def test_bootstrap_for_gitlab_prints_how_to_restrict_deployments() -> None:
    outputs = {"DeployRoleArn": "one", "DiffRoleArn": "two"}
    output = pipeline.next_steps(make_stack(), trust_of("gitlab"), outputs)
    assert "Protect the branch main" in output
    assert "projects/org%2Ftap" in output


SUBJECTS = {
    "github": (
        "repo:${Owner}/${RepositoryName}:",
        "repo:${Owner}@${OwnerId}/${RepositoryName}@${RepositoryId}:",
    ),
    "gitlab": ("project_path:${Repository}:", "project_id:${ProjectId}:"),
}


@PIPELINES
@pytest.mark.parametrize("name", ["DeployRole", "DiffRole"])
def test_only_this_repository_can_assume_the_roles(name: str, ci: str, trust: Any) -> None:
    (statement,) = role(trust, name)["AssumeRolePolicyDocument"]["Statement"]
    ((named, (_, numbered, _)),) = (
        condition[f"{trust.provider}:sub"]
        for condition in statement["Condition"].values()
        if f"{trust.provider}:sub" in condition
    )
    assert named.startswith(SUBJECTS[ci][0])
    assert numbered.startswith(SUBJECTS[ci][1])


def deployments(project: Path, file: str) -> list[dict[str, Any]]:
    """Return the deploy jobs of a rendered pipeline."""
    loaded = yaml.safe_load((project / file).read_text(encoding="utf-8"))
    assert "concurrency" not in loaded, "one environment would hold up all"
    jobs = loaded.get("jobs", loaded)
    found = [job for name, job in jobs.items() if name.startswith("deploy-")]
    assert found, f"nothing is deployed by {file}"
    return found


def test_deployments_from_github_wait_only_for_the_same_environment(bake: Bake) -> None:
    for job in deployments(bake(ci="github"), ".github/workflows/deploy.yml"):
        assert job["concurrency"]["group"] == f"deploy-{job['environment']}"
        assert not job["concurrency"]["cancel-in-progress"]


def test_only_main_is_deployed_from_github(bake: Bake) -> None:
    for job in deployments(bake(ci="github"), ".github/workflows/deploy.yml"):
        assert job["if"] == "github.ref == 'refs/heads/main'"


def test_deployments_from_gitlab_wait_only_for_the_same_environment(bake: Bake) -> None:
    for job in deployments(bake(ci="gitlab"), ".gitlab-ci.yml"):
        assert job["resource_group"] == job["environment"]["name"]


def test_the_branch_that_gitlab_deploys_is_the_one_that_the_role_trusts(bake: Bake) -> None:
    (statement,) = role(trust_of("gitlab"), "DeployRole")["AssumeRolePolicyDocument"]["Statement"]
    named, (_, numbered, _) = statement["Condition"]["StringEquals"]["gitlab.com:sub"]
    branch = named.rpartition(":ref:")[2]
    assert numbered.endswith(f":ref:{branch}")
    for job in deployments(bake(ci="gitlab"), ".gitlab-ci.yml"):
        assert [rule["if"] for rule in job["rules"]] == [
            f'$CI_COMMIT_BRANCH == "{branch}" && $CI_PIPELINE_SOURCE != "schedule"'
        ]


PARAMETERS = {
    "github": {"Owner": "org", "OwnerId": "1", "RepositoryName": "tap", "RepositoryId": "2"},
    "gitlab": {"Repository": "org/tap", "ProjectId": "3"},
}


@PIPELINES
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_an_existing_identity_provider_is_used_unchanged(known: bool, ci: str, trust: Any) -> None:
    session: Any = Session(CloudFormation())
    arn = ""
    if known:
        arn = session.client("iam").create_open_id_connect_provider(
            Url=trust.issuer, ClientIDList=[trust.audience("us-east-1")], ThumbprintList=[]
        )["OpenIDConnectProviderArn"]
    outputs = pipeline.deploy_roles(session, make_stack(), trust)
    assert session.cloudformation.parameters == {
        "Environment": "dev",
        "StackName": "tap-dev",
        "Qualifier": "hnb659fds",
        "Issuer": trust.issuer,
        "PermissionsBoundary": "",
        "ProviderArn": arn,
        **({"GitHubEnvironment": "dev"} if ci == "github" else {}),
        **PARAMETERS[ci],
    }
    assert outputs == {"DiffRoleArn": "arn"}


@PIPELINES
def test_an_identity_provider_created_with_the_roles_is_kept(trust: Any) -> None:
    deployed = {"Resources": {"Provider": {"Type": "AWS::IAM::OIDCProvider"}}}
    session: Any = Session(CloudFormation(deployed))
    session.client("iam").create_open_id_connect_provider(
        Url=trust.issuer, ClientIDList=["any"], ThumbprintList=[]
    )
    pipeline.deploy_roles(session, make_stack(), trust)
    assert session.cloudformation.parameters["ProviderArn"] == ""


class FailedCreation(CloudFormation):
    """A stack of the roles whose creation was rolled back, with termination protection."""

    def __init__(self) -> None:
        super().__init__({"Resources": {}})
        self.status = "ROLLBACK_COMPLETE"

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        answer = super().describe_stacks(StackName)
        answer["Stacks"][0]["EnableTerminationProtection"] = self.protected
        return answer

    def delete_stack(self, StackName: str) -> None:
        assert not self.protected, "AWS rejects it"
        self.deployed = None

    def update_stack(self, **request: Any) -> None:
        assert self.status != "ROLLBACK_COMPLETE" or not self.protected, "AWS rejects it"
        super().update_stack(**request)


@PIPELINES
def test_roles_whose_creation_failed_are_created_again(trust: Any) -> None:
    session: Any = Session(FailedCreation())
    outputs = pipeline.deploy_roles(session, make_stack(), trust, "tap-dev-pipeline")
    assert outputs == {"DiffRoleArn": "arn"}


@PIPELINES
def test_roles_whose_creation_failed_are_deleted_only_after_confirmation(
    trust: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    session: Any = Session(FailedCreation())
    with pytest.raises(OperationError, match="add ARGS=--pipeline-stack=tap-dev-pipeline"):
        pipeline.deploy_roles(session, make_stack(), trust)
    assert session.cloudformation.deployed is not None


@pytest.mark.parametrize(
    ("ci", "issuer"),
    [
        ("github", "https://github.example.com/_services/token"),
        ("gitlab", "https://gitlab.example.com"),
    ],
    indirect=["ci"],
)
def test_another_issuer_is_used_everywhere(ci: str, issuer: str, trust: Any) -> None:
    other = trust_of(ci, issuer)
    assert f"{other.provider}:sub:" in other.template
    assert trust.provider not in other.template


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("int('many')", ", line 2: invalid literal for int"),
        ("Capcity()", ", line 2: name 'Capcity' is not defined"),
        ("dict(1, 2)", ", line 2: dict expected at most 1 argument"),
        ("'dev'.name", ", line 2: 'str' object has no attribute 'name'"),
        ("ENVIRONMENTS = ('dev',)", ": ENVIRONMENTS is a tuple; try ENVIRONMENTS = by_name"),
    ],
)
def test_a_rejected_setting_is_one_line_with_its_place(
    line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "__init__.py").touch()
    (tmp_path / "infra" / "settings.py").write_text(f"PROJECT = 'x'\n{line}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with mock.patch.dict(sys.modules):
        for name in [name for name in sys.modules if name.partition(".")[0] == "infra"]:
            del sys.modules[name]
        with pytest.raises(OperationError, match=f"^infra/settings.py{message}"):
            environments.environments()
