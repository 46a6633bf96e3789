"""The proof of one variant on the emulator: use, least privilege, update and destruction."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from proof.live import harness, privileges
from proof.variants import Variant

DEV, PROD = "tap-service-dev", "tap-service-prod"
REGION = "us-east-1"
# Long enough for the emulator, short enough for events that never arrive.
PATIENCE_SECONDS = 60
MUTANT_PATIENCE_SECONDS = 8
KEPT = {"pk": {"S": "kept"}, "sk": {"S": "item"}}
# The CDK CLI is not installed for each variant; `cli.py` tests it.
DESTROY = """
import sys
import boto3
from tap_project import destroy

def delete(stack):
    cloudformation = boto3.client("cloudformation", region_name=stack.region)
    identifier = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack.name)
    waiter = cloudformation.get_waiter("stack_delete_complete")
    waiter.wait(StackName=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 120})

destroy.delete_stack = delete
sys.exit(destroy.main(sys.argv[1:]))
"""
# The part of `make deploy` before the CLI deploys.
DEPLOY = """
import sys
from tap_project import deploy

deploy.POLL_SECONDS = 0.2
deploy.run_cli = lambda stack, approval: 0
sys.exit(deploy.main(sys.argv[1:]))
"""


class Failed(Exception):
    """A check of the variant failed; the text names the check and its output."""


@dataclass
class Row:
    """The results of one variant: a row of the table."""

    variant: str
    deployed: int = 0
    requests: int = 0
    tests: int = 0
    denials: int = 0
    mutated: int = 0
    caught: dict[str, str] = field(default_factory=dict)
    destroyed: int = 0
    seconds: float = 0
    problems: list[str] = field(default_factory=list)


class Mutations:
    """The permissions that were already removed; each is removed in one variant only."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()

    def claim(self, owner: str, actions: tuple[str, ...], variant: Variant) -> bool:
        """Return whether to remove this permission here, which is true once."""
        consumer = "api" if owner.startswith("Api") else "worker"
        key = (owner, str(variant.answers[consumer]), *sorted(actions))
        with self._lock:
            new = key not in self._seen
            self._seen.add(key)
        return new


@dataclass
class Proof:
    """One variant, baked and synthesized, and the account that it is deployed to."""

    variant: Variant
    project: Path
    emulator: Any
    account: str
    row: Row

    @property
    def root(self) -> boto3.Session:
        """The account's root user."""
        return boto3.Session(
            aws_access_key_id=self.account, aws_secret_access_key="test", region_name=REGION
        )

    def run(self, mutations: Mutations) -> None:
        """Prove everything, in the order of a project's life."""
        with self._reported():
            self.use(DEV, "tests/live tap_emulator/live")
            left = self.fail_first_deployment()
            self.use(PROD, "tap_emulator/live/test_stack.py")
            if left & {harness.deployment.outputs(self.root, PROD)["TableName"], *self.trails()}:
                raise Failed(f"production adopted the retained resources: {sorted(left)}")
            self.row.deployed = 2
            self.forbid()
            self.mutate(mutations)
            self.update()
            self.destroy_dev()
            self.destroy_prod()

    def run_additions(self) -> None:
        """Deploy both environments, and test the service and the stacks."""
        with self._reported():
            self.use(DEV, "tests/live tap_emulator/live")
            self.use(PROD, "tap_emulator/live/test_stack.py")
            self.row.deployed = 2

    @contextmanager
    def _reported(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        except Failed as error:
            self.row.problems.append(str(error))
        except Exception as error:  # every variant needs a row
            self.row.problems.append(f"{type(error).__name__}: {error}")
        self.row.seconds = time.monotonic() - started

    def use(self, stack: str, tests: str) -> None:
        """Deploy the stack if it is not there, and run the project's own tests against it."""
        status, output = self._smoke(stack, tests.split(), PATIENCE_SECONDS)
        if status != 0:
            raise Failed(f"{stack}: {_failures(output)}")

    def fail_first_deployment(self) -> set[str]:
        """Let production's first deployment fail, delete it, and return the retained data."""
        template = self.project / "cdk.out" / f"{PROD}.template.json"
        text = template.read_text(encoding="utf-8")
        content = json.loads(text)
        content["Resources"]["Failing"] = {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {},  # CloudTrail rejects a trail without a bucket
            "DependsOn": sorted(content["Resources"]),
        }
        try:
            template.write_text(json.dumps(content), encoding="utf-8")
            harness.deployment.deploy(self.root, template.parent, PROD)
        except harness.deployment.DeploymentError as error:
            if f"stack '{PROD}' is ROLLBACK_COMPLETE" not in str(error):
                raise
        else:
            raise Failed("production was deployed without its last resource")
        finally:
            template.write_text(text, encoding="utf-8")
        tables = {name for name in self.tables() if name.startswith(PROD)}
        buckets = {name for name in self.buckets() if name.startswith(PROD)}
        if len(tables) != 1 or len(buckets) < 2:
            raise Failed(f"the rollback left {sorted(tables | buckets)}, not a table and buckets")
        if self.trails() or self._groups(PROD):
            raise Failed(f"the rollback left {self.trails()} and {self._groups(PROD)}")
        for arguments, reason in (
            (["prod", "--approval=never"], "confirmation needs a terminal"),
            (["prod", f"--yes={DEV}"], "nothing was changed"),
        ):
            status, output = self._python(DEPLOY, *arguments)
            if status != 1 or reason not in output:
                raise Failed(f"deploy {' '.join(arguments)} was not rejected: {output}")
        status, output = self._python(DEPLOY, "prod", f"--yes={PROD}")
        if status != 0 or f"Deleted stack {PROD}" not in output:
            raise Failed(f"deploy did not delete the failed stack: {output}")
        if harness.deployment.exists(self.root, PROD):
            raise Failed("the failed stack still exists")
        return tables | buckets

    def forbid(self) -> None:
        """Attempt calls that no function may make."""
        own = harness.deployment.outputs(self.root, DEV)
        other = harness.deployment.outputs(self.root, PROD)
        tried, allowed = privileges.allowed_calls(self.root, DEV, own, other)
        if tried == 0:
            raise Failed("no forbidden call was tried")
        self.row.denials = tried - len(allowed)
        if allowed:
            raise Failed("; ".join(allowed))

    def mutate(self, mutations: Mutations) -> None:
        """Remove each permission, and expect a test of the project to fail."""
        for statement in privileges.statements(self.root, DEV):
            if mutations.claim(statement.logical_id, statement.actions, self.variant):
                with privileges.without(self.root, statement):
                    self._expect_failing_test(statement.logical_id, str(statement))
        for name, function in harness.deployment.outputs(self.root, DEV).items():
            if not name.endswith("FunctionArn"):
                continue
            with privileges.without_resource_policy(self.root, function) as count:
                if count and mutations.claim(name, ("be called",), self.variant):
                    self._expect_failing_test(name, f"{name}: be called")
        queue = harness.deployment.outputs(self.root, DEV).get("WorkerQueueArn")
        if queue is not None:
            with privileges.without_send_permission(self.root, queue) as count:
                if count and mutations.claim("WorkerQueue", ("be sent to",), self.variant):
                    self._expect_failing_test("WorkerQueue", "WorkerQueueArn: be sent to")

    def _expect_failing_test(self, owner: str, permission: str) -> None:
        live = sorted(file.name for file in (self.project / "tests" / "live").glob("test_*.py"))
        of_api = owner.startswith("Api")
        tests = [
            "tap_emulator/live/test_stack.py::test_lambda_can_trace_and_manage_network_interfaces",
            *(f"tests/live/{name}" for name in live if (name == "test_api.py") == of_api),
            "--exitfirst",
        ]
        self.row.mutated += 1
        status, output = self._smoke(DEV, tests, MUTANT_PATIENCE_SECONDS)
        red = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", output, re.MULTILINE)
        if status == 1 and red:
            self.row.caught[permission] = red[0]
        else:
            self.row.problems.append(f"no test failed without {permission}")

    def update(self) -> None:
        """Update the deployed stack, and check the data and the change."""
        outputs = harness.deployment.outputs(self.root, DEV)
        self.fill(outputs)
        template = self.project / "cdk.out" / f"{DEV}.template.json"
        content = json.loads(template.read_text(encoding="utf-8"))
        functions = [
            resource["Properties"]
            for resource in content["Resources"].values()
            if resource["Type"] == "AWS::Lambda::Function"
        ]
        for function in functions:
            function["MemorySize"] += 128
        template.write_text(json.dumps(content), encoding="utf-8")
        after = harness.deployment.deploy(self.root, template.parent, DEV)
        if after != outputs:
            raise Failed("an update of the functions' memory changed the outputs")
        self.find(outputs)
        arn = next(value for name, value in after.items() if name.endswith("FunctionArn"))
        found = self.root.client("lambda").get_function_configuration(FunctionName=arn)
        if found["MemorySize"] not in {function["MemorySize"] for function in functions}:
            raise Failed(f"the update left the function with {found['MemorySize']} MiB")

    def destroy_dev(self) -> None:
        """Expect a rejection without confirmation, then an empty bucket and listed log buckets."""
        outputs = harness.deployment.outputs(self.root, DEV)
        bucket = outputs["BucketName"]
        for arguments, reason in (
            (["dev"], "confirmation needs a terminal"),
            (["dev", "--yes", "another-stack"], "nothing was changed"),
        ):
            self._expect_rejection(arguments, reason)
            self.find(outputs)
        status, output = self._destroy("dev", "--yes", DEV)
        emptied = re.search(rf"Emptied {bucket}: (\d+) versions", output)
        # `fill` left two versions and a delete marker there.
        if status != 0 or emptied is None or int(emptied[1]) < 3:
            raise Failed(f"make destroy ENV=dev: {output}")
        left = {name for name in self.buckets() if name.startswith(DEV)}
        named = set(re.findall(r"AWS::S3::Bucket (\S+), its objects expire", output))
        if left != named or not left:
            raise Failed(
                f"buckets {sorted(left)} are left, but {sorted(named)} were named: {output}"
            )
        if self._groups(DEV) or outputs["TableName"] in self.tables():
            raise Failed("log groups or the table were not deleted")
        self.row.destroyed += 1

    def destroy_prod(self) -> None:
        """Expect a rejection without the second confirmation, then retained data."""
        outputs = harness.deployment.outputs(self.root, PROD)
        self.fill(outputs)
        self._expect_rejection(["prod", "--yes", PROD], "confirmation needs a terminal")
        self._expect_rejection(
            ["prod", "--yes", PROD, "--production", "dev"], "nothing was changed"
        )
        try:
            self.root.client("cloudformation").delete_stack(StackName=PROD)
        except ClientError as error:
            if "TerminationProtection" not in str(error):
                raise
        else:
            raise Failed("production is not protected from deletion")
        status, output = self._destroy("prod", "--yes", PROD, "--production", "prod")
        if status != 0 or outputs["BucketName"] not in output or outputs["TableName"] not in output:
            raise Failed(f"make destroy ENV=prod: {output}")
        if "Emptied" in output:
            raise Failed(f"production's data was deleted: {output}")
        self.find(outputs)
        self.row.destroyed += 1

    def _smoke(self, stack: str, tests: list[str], patience: float) -> tuple[int, str]:
        attach = self.project / "emulator.json"
        replace(self.emulator, account=self.account).dump(attach)
        command = [sys.executable, "-m", "pytest", "-p", "tap_emulator.fixtures", *tests]
        command += ["--confcutdir=tests/live", "--tb=short"]
        options = [f"--attach={attach}", f"--only={stack.rpartition('-')[2]}", "-q"]
        done = subprocess.run(
            [*command, *options, f"--patience={patience}", "-p", "no:cacheprovider"],
            cwd=self.project,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        self.row.requests += sum(int(n) for n in re.findall(r"(\d+) calls of AWS APIs", output))
        self.row.tests += sum(int(n) for n in re.findall(r"(\d+) passed", output))
        return done.returncode, output

    def _destroy(self, *arguments: str) -> tuple[int, str]:
        return self._python(DESTROY, *arguments)

    def _python(self, code: str, *arguments: str) -> tuple[int, str]:
        environment = os.environ | self.emulator.environment(self.account)
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def _expect_rejection(self, arguments: list[str], reason: str) -> None:
        status, output = self._destroy(*arguments)
        if status != 1 or reason not in output:
            raise Failed(f"destroy {' '.join(arguments)} was not rejected: {output}")

    def fill(self, outputs: dict[str, str]) -> None:
        """Add an item, an object with two versions, and a deleted object."""
        dynamodb, s3 = self.root.client("dynamodb"), self.root.client("s3")
        dynamodb.put_item(TableName=outputs["TableName"], Item=KEPT)
        for key, body in (("kept", b"1"), ("kept", b"2"), ("gone", b"1")):
            s3.put_object(Bucket=outputs["BucketName"], Key=key, Body=body)
        s3.delete_object(Bucket=outputs["BucketName"], Key="gone")

    def find(self, outputs: dict[str, str]) -> None:
        item = self.root.client("dynamodb").get_item(TableName=outputs["TableName"], Key=KEPT)
        s3 = self.root.client("s3")
        found = s3.get_object(Bucket=outputs["BucketName"], Key="kept")["Body"].read()
        if item.get("Item") != KEPT or found != b"2":
            raise Failed("data was lost")

    def buckets(self) -> list[str]:
        return [bucket["Name"] for bucket in self.root.client("s3").list_buckets()["Buckets"]]

    def tables(self) -> list[str]:
        return list(self.root.client("dynamodb").list_tables()["TableNames"])

    def trails(self) -> list[str]:
        trails = self.root.client("cloudtrail").describe_trails()["trailList"]
        return [trail["Name"] for trail in trails]

    def _groups(self, prefix: str) -> list[str]:
        logs = self.root.client("logs")
        return [
            group["logGroupName"]
            for page in logs.get_paginator("describe_log_groups").paginate()
            for group in page["logGroups"]
            if prefix in group["logGroupName"]
        ]


def check_full_buckets_are_kept(emulator: Any, account: str) -> None:
    """Check that this emulator, like AWS, deletes no bucket that contains objects.

    Raises:
        Failed: it does, so tests can't detect whether buckets are emptied.
    """
    root = boto3.Session(
        aws_access_key_id=account, aws_secret_access_key="test", region_name=REGION
    )
    cloudformation, name = root.client("cloudformation"), "full-bucket"
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )
    resource = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Bucket")
    bucket = resource["StackResourceDetail"]["PhysicalResourceId"]
    root.client("s3").put_object(Bucket=bucket, Key="x", Body=b"x")
    try:
        harness.deployment.destroy(root, name)
    except harness.deployment.DeploymentError as error:
        if "not empty" not in str(error):
            raise
        return
    raise Failed(f"{emulator.endpoint} deleted a full bucket, which AWS does not")


PROTECTED = {
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    },
    "UserPool": {
        "Type": "AWS::Cognito::UserPool",
        "Properties": {"DeletionProtection": "ACTIVE"},
    },
}


def check_protected_resources_are_kept(emulator: Any, account: str) -> None:
    """Check that this emulator, like AWS, deletes no resource with deletion protection.

    Raises:
        Failed: it does, so tests can't detect whether a rollback works.
    """
    root = boto3.Session(
        aws_access_key_id=account, aws_secret_access_key="test", region_name=REGION
    )
    cloudformation, name = root.client("cloudformation"), "protected"
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": PROTECTED}),
        EnableTerminationProtection=True,
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )
    summaries = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in summaries}
    for service, operation, given in (
        ("cloudformation", "delete_stack", {"StackName": name}),
        ("dynamodb", "delete_table", {"TableName": ids["Table"]}),
        ("cognito-idp", "delete_user_pool", {"UserPoolId": ids["UserPool"]}),
    ):
        client: Any = root.client(service)
        try:
            getattr(client, operation)(**given)
        except ClientError:
            continue
        raise Failed(f"{emulator.endpoint} deleted a protected resource, which AWS does not")
    cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    try:
        harness.deployment.destroy(root, name)
    except harness.deployment.DeploymentError as error:
        missing = [each for each in PROTECTED if f"{each} DELETE_FAILED" not in str(error)]
        if missing:
            raise Failed(f"{missing} were deleted with their stack: {error}") from error
        return
    raise Failed(f"{emulator.endpoint} deleted protected resources, which AWS does not")


def _failures(output: str) -> str:
    """Return the lines of a test run about its failures."""
    return "\n".join(_failure_lines(output)) or output[-2000:]


def _failure_lines(output: str) -> Iterator[str]:
    for line in output.splitlines():
        if line.startswith(("E  ", "FAILED", "ERROR")) or "Exit:" in line:
            yield line
