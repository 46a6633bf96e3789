"""`make doctor` names each problem of an account and the command that fixes it, in one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from proof import cold_process, dependencies
from proof.live import harness
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake

REGION = "us-east-1"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with harness.running(tmp_path_factory.mktemp("log") / "emulator.log") as running:
        yield running


@dataclass
class Account:
    """A project with an empty account on the emulator."""

    project: Path
    emulator: Any
    number: str

    def doctor(self, environment: str = "dev", **variables: str) -> tuple[int, dict[str, str]]:
        """Run `make doctor`; return its exit code and its lines by check."""
        known = {**os.environ, **self.emulator.environment(self.number), **variables}
        done = subprocess.run(
            [sys.executable, "-m", "tap_project.doctor", environment],
            cwd=self.project,
            env=known,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        verdicts = {name[9:]: f"{name[:8].strip()}: {text}" for name, text in lines.items()}
        return done.returncode, verdicts

    def client(self, service: str) -> Any:
        return self.session.client(service)

    @property
    def session(self) -> boto3.Session:
        return boto3.Session(self.number, "test", region_name=REGION)

    def deploy(self, environment: str = "dev") -> dict[str, str]:
        stack = f"tap-service-{environment}"
        outputs: dict[str, str] = harness.deployment.deploy(
            self.session, self.project / "cdk.out", stack
        )
        return outputs


@pytest.fixture(scope="module")
def project(bake: Bake, warm_synth: WarmProcess) -> Path:
    """Return a synthesized project with every resource that has a quota."""
    made = bake(network="nat", alarm_email="on-call@example.com")
    dependencies.link(made, "3.14")
    warm_synth(made)
    modules = made / "node_modules"
    modules.mkdir()
    (modules / "aws-cdk").symlink_to(cold_process.cdk_cli(made).parents[1])
    return made


@pytest.fixture
def account(
    project: Path, emulator: Any, request: pytest.FixtureRequest, monkeypatch: Any
) -> Account:
    for name, value in emulator.environment("0").items():
        monkeypatch.setenv(name, value)
    names = [item.name for item in request.session.items]
    return Account(project, emulator, f"{300_000_000_000 + names.index(request.node.name)}")


def test_an_empty_account_lacks_only_the_bootstrap(account: Account) -> None:
    status, found = account.doctor()
    assert status == 1
    assert [name for name, text in found.items() if text.startswith("problem")] == ["CDK bootstrap"]
    assert "make bootstrap ENV=dev" in found["CDK bootstrap"]
    assert {"credentials", "VPCs", "Elastic IP addresses", "Lambda concurrency"} <= set(found)


def test_exhausted_quotas_are_reported_with_the_command_that_raises_them(account: Account) -> None:
    ec2 = account.client("ec2")
    while len(ec2.describe_vpcs()["Vpcs"]) < 5:
        ec2.create_vpc(CidrBlock="10.9.0.0/16")
    for _ in range(5):
        ec2.allocate_address(Domain="vpc")
    _, found = account.doctor()
    assert "problem: 5 of 5 are used, and the stack needs 1 more" in found["VPCs"]
    assert "--quota-code L-F678F1CE --desired-value 6" in found["VPCs"]
    assert "--quota-code L-0263D0A3 --desired-value 6" in found["Elastic IP addresses"]


def test_five_trails_are_reported_if_a_sixth_would_be_created(account: Account) -> None:
    bucket = f"trails-{account.number}"
    account.client("s3").create_bucket(Bucket=bucket)
    for number in range(5):
        account.client("cloudtrail").create_trail(Name=f"trail-{number}", S3BucketName=bucket)
    _, dev = account.doctor("dev")
    _, prod = account.doctor("prod")
    assert "trails" not in dev
    assert prod["trails"].startswith("problem: the region has 5 of 5 (trail-0, trail-1")


def test_a_deployed_stack_has_only_unconfirmed_subscriptions_reported(account: Account) -> None:
    outputs = account.deploy()
    status, found = account.doctor()
    problems = {name: text for name, text in found.items() if text.startswith("problem")}
    assert status == bool(problems)
    assert found["stack"] == "fine: CREATE_COMPLETE"
    assert found["CDK bootstrap"].startswith("fine: version")
    assert found["VPCs"].startswith("fine")
    assert set(problems) <= {"subscriptions"}
    for topic in (value for name, value in outputs.items() if name.endswith("TopicArn")):
        sns = account.client("sns")
        for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
            if each["SubscriptionArn"].startswith("arn:"):
                sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    _, found = account.doctor()
    assert found["subscriptions"].startswith("problem")


def test_a_failed_stack_is_reported(account: Account) -> None:
    template = '{"Resources": {"Topic": {"Type": "AWS::No::Such"}}}'
    cloudformation = account.client("cloudformation")
    cloudformation.create_change_set(
        StackName="tap-service-dev",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=template.replace("AWS::No::Such", "AWS::SNS::Topic"),
    )
    _, found = account.doctor()
    assert found["stack"] == "problem: is REVIEW_IN_PROGRESS; try: make deploy ENV=dev"


def test_missing_credentials_are_one_line_with_the_fix(account: Account) -> None:
    status, found = account.doctor(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", HOME="/nowhere")
    assert status == 1
    assert "aws sso login" in found["credentials"]
    assert "VPCs" not in found


def test_a_zone_without_lambda_is_reported_with_two_that_have_it(
    account: Account, tmp_path: Path
) -> None:
    zones = account.client("ec2").describe_availability_zones()["AvailabilityZones"]
    (without,) = [zone["ZoneName"] for zone in zones if zone["ZoneId"] == "use1-az3"]
    others = sorted(zone["ZoneName"] for zone in zones if zone["ZoneName"] != without)[:2]
    changed = with_template(account, tmp_path, "AWS::EC2::Subnet", {"AvailabilityZone": without})
    _, found = changed.doctor()
    assert f"Lambda does not support {without} (use1-az3)" in found["availability zones"]
    assert f"availability_zones={tuple(others)!r}" in found["availability zones"]


def test_low_concurrency_is_reported(account: Account, tmp_path: Path) -> None:
    wish = {"ScalingConfig": {"MaximumConcurrency": 1000}, "FunctionName": "x"}
    changed = with_template(account, tmp_path, "AWS::Lambda::EventSourceMapping", wish)
    _, found = changed.doctor()
    assert "executions are unreserved, and the workers can use 1002" in found["Lambda concurrency"]
    assert "--quota-code L-B99A9384" in found["Lambda concurrency"]


def test_a_missing_logging_role_is_reported(account: Account) -> None:
    account.deploy()
    role = f"arn:aws:iam::{account.number}:role/gone"
    iam, trust = account.client("iam"), '{"Version": "2012-10-17", "Statement": []}'
    iam.create_role(RoleName="gone", AssumeRolePolicyDocument=trust)
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    account.client("apigateway").update_account(patchOperations=[operation])
    _, found = account.doctor()
    assert found["logging role of API Gateway"] == f"fine: set: {role}"
    iam.delete_role(RoleName="gone")
    _, found = account.doctor()
    assert f"problem: {role} is gone" in found["logging role of API Gateway"]
    assert "value=arn:aws:iam::" in found["logging role of API Gateway"]
    assert "CloudWatchRole" in found["logging role of API Gateway"]


def with_template(account: Account, folder: Path, kind: str, properties: dict[str, Any]) -> Account:
    """Return the account with a copy of the project, with one resource of dev changed."""
    copy = folder / "project"
    shutil.copytree(account.project, copy, symlinks=True)
    file = copy / "cdk.out" / "tap-service-dev.template.json"
    template = json.loads(file.read_text(encoding="utf-8"))
    template["Resources"]["Changed"] = {"Type": kind, "Properties": properties}
    file.write_text(json.dumps(template), encoding="utf-8")
    return Account(copy, account.emulator, account.number)


def test_missing_tools_are_reported_before_calls_to_the_account(
    account: Account, tmp_path: Path
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(account.project, copy, symlinks=True, ignore=shutil.ignore_patterns("build"))
    (copy / "node_modules" / "aws-cdk").unlink()
    _, found = Account(copy, account.emulator, account.number).doctor()
    assert found["CDK CLI"].startswith("problem: is missing, but package.json pins 2.")
    assert "make install" in found["packages of the functions"]
