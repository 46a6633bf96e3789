"""Failed deployments continue with `make deploy` and the pinned CDK CLI, from each state."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proof import cold_process, dependencies
from proof.simulation import cloudformation
from proof.simulation.cloudformation import CloudFormation, Stack
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake

PROD = "tap-service-prod"
AGREED = f"--yes={PROD}"
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def project(bake: Bake, warm_synth: WarmProcess) -> Path:
    """Return a synthesized project with a user pool and its pinned CDK CLI."""
    folder = bake(api="rest", api_auth="cognito", worker="s3")
    dependencies.link(folder, "3.14")
    warm_synth(folder, folder / "cdk.out")
    (folder / "node_modules").symlink_to(cold_process.cdk_cli(folder).parents[2])
    return folder


@pytest.fixture
def template(project: Path) -> dict[str, Any]:
    """Return production's template, in the creation order of its resources."""
    text = (project / "cdk.out" / f"{PROD}.template.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    # CloudFormation creates the dashboard after the alarms that it shows.
    dashboard = of_type(loaded, "AWS::CloudWatch::Dashboard")
    loaded["Resources"][dashboard] = loaded["Resources"].pop(dashboard)
    return loaded


def of_type(template: dict[str, Any], kind: str) -> str:
    """Return the logical id of the last resource of a type."""
    found = [name for name, each in template["Resources"].items() if each["Type"] == kind]
    return str(found[-1])


@dataclass
class Account:
    """An empty account, and the commands that deploy to it."""

    cloud: CloudFormation
    project: Path
    environment: dict[str, str]

    def cdk_deploy(self) -> Done:
        """Deploy with only the CDK CLI."""
        cdk = str(self.project / "node_modules" / ".bin" / "cdk")
        return self._run(cdk, "deploy", "--app", "cdk.out", "--require-approval", "never", PROD)

    def make_deploy(self, *arguments: str) -> Done:
        """Deploy as `make deploy ENV=prod APPROVAL=never` does after its synth."""
        command = [sys.executable, "-m", "tap_project.deploy", "prod", "--approval=never"]
        return self._run(*command, *arguments)

    def make_destroy(self) -> Done:
        """Destroy as `make destroy ENV=prod` does after its synth."""
        command = [sys.executable, "-m", "tap_project.destroy", "prod"]
        return self._run(*command, AGREED, "--production=prod")

    def _run(self, *command: str) -> Done:
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def fail(self, status: str) -> Stack:
        """Bring production into a state by failed operations."""
        stack = STATES[status](self.cloud)
        assert stack.status == status
        self.cloud.calls.clear()
        return stack


@pytest.fixture
def account(project: Path, template: dict[str, Any], tmp_path: Path) -> Iterator[Account]:
    cloud = CloudFormation(template)
    with cloudformation.serving(cloud) as endpoint:
        yield Account(
            cloud,
            project,
            {
                **cold_process.environment(),
                "AWS_ACCESS_KEY_ID": "AKIA",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "CDK_HOME": str(tmp_path),
                "NO_COLOR": "1",
                "PYTHONUNBUFFERED": "1",
            },
        )


def in_review(cloud: CloudFormation) -> Stack:
    """A change set that was not executed; the CLI has already protected its stack."""
    stack = cloud.review(PROD)
    stack.protected = True
    stack.change_sets.add("cdk-deploy-change-set")
    return stack


def rolled_back(cloud: CloudFormation) -> Stack:
    """A first deployment that failed at its last resource, and was rolled back."""
    stack = in_review(cloud)
    cloud.broken = {of_type(cloud.template, "AWS::CloudWatch::Dashboard")}
    cloud.create(stack, cloud.template)
    cloud.broken = set()
    return stack


def rollback_failed(cloud: CloudFormation) -> Stack:
    """A first deployment that failed, and a function that could not be deleted."""
    cloud.stuck = {of_type(cloud.template, "AWS::Lambda::Function")}
    return rolled_back(cloud)


def deletion_failed(cloud: CloudFormation) -> Stack:
    """The same stack after a failed deletion."""
    stack = rollback_failed(cloud)
    stack.protected = False
    cloud.delete(stack, retain=[])
    return stack


def in_use(cloud: CloudFormation) -> Stack:
    """A stack that was deployed with an older template."""
    older = copy.deepcopy(cloud.template)
    del older["Resources"][of_type(older, "AWS::CloudWatch::Dashboard")]
    stack = in_review(cloud)
    cloud.create(stack, older)
    return stack


def update_rollback_failed(cloud: CloudFormation) -> Stack:
    """An update that failed, and a function that could not be rolled back."""
    stack = in_use(cloud)
    cloud.stuck = {of_type(cloud.template, "AWS::Lambda::Function")}
    cloud.broken = {of_type(cloud.template, "AWS::CloudWatch::Dashboard")}
    cloud.update(stack, cloud.template)
    cloud.broken = set()
    return stack


STATES: dict[str, Callable[[CloudFormation], Stack]] = {
    "REVIEW_IN_PROGRESS": in_review,
    "ROLLBACK_COMPLETE": rolled_back,
    "ROLLBACK_FAILED": rollback_failed,
    "DELETE_FAILED": deletion_failed,
    "UPDATE_ROLLBACK_FAILED": update_rollback_failed,
}


def test_a_first_deployment_can_fail_at_any_resource_and_be_repeated(
    template: dict[str, Any],
) -> None:
    for name in template["Resources"]:
        cloud = CloudFormation(template, broken={name})
        stack = cloud.review(PROD)
        cloud.create(stack, template)
        assert stack.status == "ROLLBACK_COMPLETE", name
        cloud.broken = set()
        cloud.create(cloud.review(PROD), template)
        assert cloud.stacks[-1].status == "CREATE_COMPLETE", name


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::Cognito::UserPool"])
def test_a_protected_resource_that_is_not_retained_stops_the_rollback(
    kind: str, template: dict[str, Any]
) -> None:
    template["Resources"][of_type(template, kind)]["DeletionPolicy"] = "RetainExceptOnCreate"
    assert rolled_back(CloudFormation(template)).status == "ROLLBACK_FAILED"


def test_a_retained_name_stops_the_repetition(template: dict[str, Any]) -> None:
    trail = of_type(template, "AWS::CloudTrail::Trail")
    template["Resources"][trail]["DeletionPolicy"] = "Retain"
    cloud = CloudFormation(template)
    rolled_back(cloud)
    repeated = cloud.review(PROD)
    cloud.create(repeated, template)
    assert "already exists" in repeated.resources[trail].reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("ROLLBACK_COMPLETE", "cannot be deleted while TerminationProtection is enabled"),
        ("ROLLBACK_FAILED", "cannot be deleted while TerminationProtection is enabled"),
        ("DELETE_FAILED", "is in DELETE_FAILED state and can not be updated"),
        ("UPDATE_ROLLBACK_FAILED", "is in UPDATE_ROLLBACK_FAILED state and can not be updated"),
    ],
)
def test_the_cdk_cli_alone_can_not_continue(status: str, reason: str, account: Account) -> None:
    account.fail(status)
    done = account.cdk_deploy()
    assert done.returncode != 0
    assert reason in done.stderr
    assert account.cloud.status(PROD) == status


def test_a_first_deployment_that_failed_is_repeated(
    account: Account, template: dict[str, Any]
) -> None:
    """Start in an empty account, with the CDK CLI throughout."""
    account.cloud.broken = {of_type(template, "AWS::CloudWatch::Dashboard")}
    first = account.make_deploy()
    assert first.returncode != 0
    assert f"{PROD} is not deployed: there is no such stack. Next: create it." in first.stdout
    assert f"{PROD} is ROLLBACK_COMPLETE now: its first deployment failed" in first.stderr
    account.cloud.broken = set()
    second = account.make_deploy(AGREED)
    assert second.returncode == 0, second.stderr
    assert [stack.status for stack in account.cloud.stacks] == [
        "DELETE_COMPLETE",
        "CREATE_COMPLETE",
    ]
    assert account.cloud.stacks[-1].protected
    listed = second.stdout.split("These resources remain:")[1].splitlines()[1:9]
    left = {line.split()[0] for line in listed}
    assert {"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"} <= left


@pytest.mark.parametrize("status", STATES)
def test_make_deploy_continues(status: str, account: Account) -> None:
    failed = account.fail(status)
    account.cloud.stuck = set()  # the cause is corrected
    done = account.make_deploy(AGREED)
    assert done.returncode == 0, done.stderr
    assert f"Stack {PROD} is {status}: " in done.stdout
    assert account.cloud.find(PROD).status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert account.cloud.find(PROD).protected
    assert (failed.status == "DELETE_COMPLETE") == ("DELETE" in status or status[:4] == "ROLL")


@pytest.mark.parametrize("status", ["ROLLBACK_FAILED", "DELETE_FAILED"])
def test_resources_that_can_not_be_deleted_are_retained_and_named(
    status: str, account: Account
) -> None:
    (refusing,) = account.fail(status).resources.keys() & account.cloud.stuck
    done = account.make_deploy(AGREED)
    assert done.returncode == 0, done.stderr
    physical_id = account.cloud.stacks[0].resources[refusing].physical_id
    assert f"  AWS::Lambda::Function {physical_id}: it is stuck" in done.stdout
    assert account.cloud.status(PROD) == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    "status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"]
)
def test_nothing_is_changed_without_a_terminal(status: str, account: Account) -> None:
    """As in a pipeline, which has APPROVAL=never."""
    account.fail(status)
    done = account.make_deploy()
    assert done.returncode == 1
    assert done.stderr == f"confirmation needs a terminal; without one, add ARGS={AGREED}\n"
    assert account.cloud.find(PROD).protected
    assert set(account.cloud.calls) == {"AssumeRole", "DescribeStacks", "GetCallerIdentity"}


def test_an_unapproved_deployment_can_be_repeated(account: Account) -> None:
    """The CDK CLI can't delete the empty stack, which it has already created and protected."""
    declined = account.make_deploy("--approval=any-change")
    assert declined.returncode != 0
    assert f"{PROD} is REVIEW_IN_PROGRESS now: a change set was never executed" in declined.stderr
    done = account.make_deploy()
    assert done.returncode == 0, done.stderr
    assert account.cloud.status(PROD) == "CREATE_COMPLETE"


def test_another_answer_changes_nothing(account: Account) -> None:
    account.fail("ROLLBACK_COMPLETE")
    done = account.make_deploy("--yes=tap-service-dev")
    assert done.returncode == 1
    assert done.stderr == f"'tap-service-dev' is not '{PROD}': nothing was changed\n"
    assert account.cloud.find(PROD).protected


def test_a_stack_that_was_deployed_is_not_deleted(account: Account) -> None:
    stack = in_use(account.cloud)
    stack.protected = False
    account.cloud.stuck = {of_type(account.cloud.template, "AWS::Lambda::Function")}
    account.cloud.delete(stack, retain=[])
    account.cloud.calls.clear()
    done = account.make_deploy(AGREED)
    assert done.returncode == 1
    assert done.stderr.endswith("try: make destroy ENV=prod\n")
    assert done.stderr.count("\n") == 1
    assert "DeleteStack" not in account.cloud.calls
    assert stack.status == "DELETE_FAILED"


@pytest.mark.parametrize("status", STATES)
def test_make_destroy_deletes_a_stack_that_failed(status: str, account: Account) -> None:
    """This includes stacks in review, for which CloudFormation has no template."""
    account.fail(status)
    account.cloud.stuck = set()
    done = account.make_destroy()
    assert done.returncode == 0, done.stderr
    assert f"Deleted stack {PROD}." in done.stdout
    assert account.cloud.status(PROD) == ""


def test_a_rollback_that_fails_again_prints_how_to_skip_the_resource(account: Account) -> None:
    stack = account.fail("UPDATE_ROLLBACK_FAILED")
    (stuck,) = account.cloud.stuck
    done = account.make_deploy(AGREED)
    assert done.returncode == 1
    assert f"ARGS='{AGREED} --skip={stuck}'" in done.stderr
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    done = account.make_deploy(AGREED, f"--skip={stuck}")
    assert done.returncode == 0, done.stderr
    assert stack.status == "UPDATE_COMPLETE"


def test_missing_credentials_are_printed_in_one_line(account: Account) -> None:
    del account.environment["AWS_ACCESS_KEY_ID"], account.environment["AWS_SECRET_ACCESS_KEY"]
    done = account.make_deploy()
    assert done.returncode == 1
    assert done.stderr.startswith("there are no AWS credentials")
    assert done.stderr.count("\n") == 1
    assert account.cloud.calls == []


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_passes_its_options_on(project: Path) -> None:
    commands = subprocess.run(
        ["make", "-n", "deploy", "ENV=prod", "APPROVAL=never", f"ARGS={AGREED}"],
        cwd=project,
        env=cold_process.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"-m tap_project.deploy 'prod' --approval='never' {AGREED}" in commands
