"""Checks this machine and an account: `make doctor ENV=dev`.

Prints one line for each check: the result, or the problem and the command that fixes it. It changes
nothing. Run it before the first deployment, and after a failed one.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tap_guardrails.networks import Network
from tap_guardrails.regions import zones_without_lambda
from tap_project import network, toolkit
from tap_project.assembly import ASSEMBLY, ROOT, OperationError, Stack, stack_of
from tap_project.command import reported
from tap_project.deploy import was_deployed
from tap_project.problem import Problem
from tap_project.session import DENIED, session_for

# Quotas of a region unless AWS has raised them; CloudTrail's can't be raised.
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
DEFAULT_VPCS, VPCS = 5, "L-F678F1CE"
DEFAULT_ADDRESSES, ADDRESSES = 5, "L-0263D0A3"
TRAILS = 5
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
CONCURRENCY = "L-B99A9384"
# An API and a worker at once; young accounts have 10 concurrent executions.
SPARE_EXECUTIONS = 10


@dataclass(frozen=True)
class Subject:
    """An environment, and the account that it is deployed to."""

    stack: Stack
    session: boto3.Session
    account: str

    @cached_property
    def template(self) -> dict[str, Any]:
        """The synthesized template."""
        loaded: dict[str, Any] = json.loads(self.stack.template.read_text(encoding="utf-8"))
        return loaded

    @cached_property
    def deployed(self) -> dict[str, Any] | None:
        """The stack as CloudFormation describes it, if it exists."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.stack.name)
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        stack: dict[str, Any] = found["Stacks"][0]
        return stack

    @cached_property
    def present(self) -> dict[str, list[str]]:
        """The physical ids of the deployed stack's resources, by type."""
        if self.deployed is None:
            return {}
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        found: dict[str, list[str]] = {}
        for page in pages.paginate(StackName=self.stack.name):
            for summary in page["StackResourceSummaries"]:
                if physical_id := summary.get("PhysicalResourceId"):
                    found.setdefault(summary["ResourceType"], []).append(physical_id)
        return found

    def client(self, service: str) -> Any:
        """A client of a service in the stack's region."""
        return self.session.client(service)

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """The properties of the template's resources of one type."""
        found = self.template["Resources"].values()
        return [each.get("Properties", {}) for each in found if each["Type"] == kind]

    def missing(self, kind: str) -> int:
        """Return the number of resources of a type that a deployment will create."""
        return max(0, len(self.resources(kind)) - len(self.present.get(kind, [])))


Check = Callable[[Subject], str | None]
"""Returns the result, or None if the check does not apply; raises Problem."""


def machine() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the checks that need no account."""
    yield "CDK CLI", _cdk_cli
    yield "packages of the functions", _dependencies


def _cdk_cli() -> str:
    wanted: dict[str, dict[str, str]] = json.loads(
        (ROOT / "package.json").read_text(encoding="utf-8")
    )
    pinned = wanted["devDependencies"]["aws-cdk"]
    file = ROOT / "node_modules" / "aws-cdk" / "package.json"
    found = json.loads(file.read_text(encoding="utf-8"))["version"] if file.is_file() else "missing"
    if found != pinned:
        raise Problem(f"is {found}, but package.json pins {pinned}", "make clean install")
    return pinned


def _dependencies() -> str:
    if not (ROOT / "build" / "dependencies.zip").is_file():
        raise Problem("are not in build/dependencies.zip", "make install")
    return "vendored for Lambda"


def _bootstrap(subject: Subject) -> str:
    manifest = json.loads((ASSEMBLY / "manifest.json").read_text(encoding="utf-8"))
    properties = manifest["artifacts"][subject.stack.name]["properties"]
    needed = int(properties["requiresBootstrapStackVersion"])
    name = properties["bootstrapStackVersionSsmParameter"]
    remedy = toolkit.command(subject.stack.environment)
    try:
        found = subject.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        raise Problem(f"account {subject.account} has none in this region", remedy) from None
    if int(found) < needed:
        raise Problem(f"is version {found}, but {needed} is needed", remedy)
    return f"version {found}"


def _state(subject: Subject) -> str:
    if subject.deployed is None:
        return "not deployed yet"
    status = str(subject.deployed["StackStatus"])
    if status == "DELETE_FAILED" and was_deployed(
        subject.client("cloudformation"), subject.deployed["StackId"]
    ):
        raise Problem(f"is {status}", f"make destroy ENV={subject.stack.environment}")
    if status.endswith("_FAILED") or status in {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}:
        raise Problem(f"is {status}", f"make deploy ENV={subject.stack.environment}")
    return status


def _vpcs(subject: Subject) -> str | None:
    if not subject.resources("AWS::EC2::VPC"):
        return None
    used = len(subject.client("ec2").describe_vpcs()["Vpcs"])
    quota = _quota(subject, "vpc", VPCS, DEFAULT_VPCS)
    return _room(subject, "AWS::EC2::VPC", used, quota, ("vpc", VPCS))


def _addresses(subject: Subject) -> str | None:
    if not subject.resources("AWS::EC2::EIP"):
        return None
    used = len(subject.client("ec2").describe_addresses()["Addresses"])
    quota = _quota(subject, "ec2", ADDRESSES, DEFAULT_ADDRESSES)
    return _room(subject, "AWS::EC2::EIP", used, quota, ("ec2", ADDRESSES))


def _trails(subject: Subject) -> str | None:
    if not subject.resources("AWS::CloudTrail::Trail"):
        return None
    found = subject.client("cloudtrail").describe_trails(includeShadowTrails=False)["trailList"]
    needed = subject.missing("AWS::CloudTrail::Trail")
    if len(found) + needed > TRAILS:
        names = ", ".join(sorted(trail["Name"] for trail in found))
        raise Problem(
            f"the region has {len(found)} of {TRAILS} ({names}), and AWS does not raise this quota",
            f"aws cloudtrail delete-trail --region {subject.stack.region} --name ...",
        )
    return f"{len(found)} of {TRAILS} used"


def _quota(subject: Subject, service: str, code: str, default: int) -> int:
    """Return a quota of the account, or AWS's default if it can't be read."""
    client = subject.client("service-quotas")
    try:
        found = client.get_service_quota(ServiceCode=service, QuotaCode=code)
    except (BotoCoreError, ClientError):
        return default
    return int(found["Quota"]["Value"])


def _room(subject: Subject, kind: str, used: int, quota: int, code: tuple[str, str]) -> str:
    needed = subject.missing(kind)
    if used + needed > quota:
        raise Problem(
            f"{used} of {quota} are used, and the stack needs {needed} more",
            _raise_quota(subject, *code, used + needed),
        )
    return f"{used} of {quota} used"


def _raise_quota(subject: Subject, service: str, code: str, value: int) -> str:
    return (
        f"aws service-quotas request-service-quota-increase --region {subject.stack.region}"
        f" --service-code {service} --quota-code {code} --desired-value {value}"
    )


def _concurrency(subject: Subject) -> str:
    limit = subject.client("lambda").get_account_settings()["AccountLimit"]
    free = limit["UnreservedConcurrentExecutions"]
    mappings = subject.resources("AWS::Lambda::EventSourceMapping")
    workers = sum(each.get("ScalingConfig", {}).get("MaximumConcurrency", 0) for each in mappings)
    if free < workers + SPARE_EXECUTIONS:
        raise Problem(
            f"{free} executions are unreserved, and the workers can use {workers}:"
            " other functions would be throttled",
            _raise_quota(subject, "lambda", CONCURRENCY, 1000),
        )
    return f"{free} executions are unreserved"


def _logging_role(subject: Subject) -> str | None:
    if not subject.resources("AWS::ApiGateway::Account"):
        return None
    role = subject.client("apigateway").get_account().get("cloudwatchRoleArn")
    if not role:
        return "not set yet; the deployment sets it"
    try:
        subject.client("iam").get_role(RoleName=role.rsplit("/", maxsplit=1)[1])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        if subject.deployed is None:
            return "set to a role that is gone; the deployment replaces it"
        roles = subject.present.get("AWS::IAM::Role", [])
        own = next((name for name in roles if "CloudWatchRole" in name), "...")
        arn = f"{role.rpartition('/')[0]}/{own}"
        raise Problem(
            f"{role} is gone, so no REST API of the region can log",
            f"aws apigateway update-account --region {subject.stack.region}"
            f" --patch-operations op=replace,path=/cloudwatchRoleArn,value={arn}",
        ) from None
    return f"set: {role}"


def _zones(subject: Subject) -> str | None:
    subnets = subject.resources("AWS::EC2::Subnet")
    if not subnets:
        return None
    found = subject.client("ec2").describe_availability_zones()["AvailabilityZones"]
    ids = {zone["ZoneName"]: zone.get("ZoneId", "") for zone in found}
    named = {each["AvailabilityZone"] for each in subnets if not _is_computed(each)}
    chosen = sorted(named) or sorted(ids)[:2]
    without = zones_without_lambda()
    bad = [f"{name} ({ids[name]})" for name in chosen if ids.get(name) in without]
    if bad:
        good = [name for name in sorted(ids) if ids[name] not in without][:2]
        raise Problem(
            f"Lambda does not support {', '.join(bad)}",
            f"availability_zones={tuple(good)!r} of NetworkSettings in infra/settings.py",
        )
    return ", ".join(chosen)


def _is_computed(subnet: dict[str, Any]) -> bool:
    return not isinstance(subnet["AvailabilityZone"], str)


def _existing_vpc(subject: Subject) -> str | None:
    ec2, stack, account = subject.client("ec2"), subject.stack, subject.account
    checked = [network.check_vpc(ec2, n, stack, account) for n in _filled_in(subject)]
    return "; ".join(checked) or None


def _routes(subject: Subject) -> str | None:
    ec2, stack, account = subject.client("ec2"), subject.stack, subject.account
    checked = [network.check_routes(ec2, n, stack, account) for n in _filled_in(subject)]
    return "; ".join(checked) or None


def _security_groups(subject: Subject) -> str | None:
    ec2, stack = subject.client("ec2"), subject.stack
    checked = [network.check_groups(ec2, n, stack) for n in _filled_in(subject)]
    return "; ".join(filter(None, checked)) or None


def _filled_in(subject: Subject) -> list[Network]:
    """Return the existing VPCs, unless their ids are placeholders, which `main` reports."""
    return [] if network.placeholders(subject.stack) else network.networks(subject.stack)


def _subscriptions(subject: Subject) -> str:
    setting = f"alarm_email in infra/settings.py, then: make deploy ENV={subject.stack.environment}"
    if subject.deployed is None:
        if not subject.resources("AWS::SNS::Subscription"):
            raise Problem("no one will be subscribed to the alarms", f"set {setting}")
        return "made by the deployment; AWS then sends a confirmation e-mail"
    outputs = subject.deployed.get("Outputs", [])
    topics = [o["OutputValue"] for o in outputs if o["OutputKey"].endswith("TopicArn")]
    sns, confirmed = subject.client("sns"), 0
    for topic in topics:
        found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        pending = [s["Endpoint"] for s in found if not s["SubscriptionArn"].startswith("arn:")]
        if pending:
            raise Problem(
                f"{pending[0]} has not confirmed its subscription",
                f"aws sns subscribe --region {subject.stack.region} --topic-arn {topic}"
                f" --protocol email --notification-endpoint {pending[0]}",
            )
        if not found:
            raise Problem(f"no one is subscribed to {topic}", f"set {setting}")
        confirmed += len(found)
    return f"{confirmed} confirmed"


ACCOUNT: tuple[tuple[str, Check], ...] = (
    ("CDK bootstrap", _bootstrap),
    ("stack", _state),
    ("VPCs", _vpcs),
    ("existing VPC", _existing_vpc),
    ("routes of the existing VPC", _routes),
    ("security group", _security_groups),
    ("Elastic IP addresses", _addresses),
    ("trails", _trails),
    ("Lambda concurrency", _concurrency),
    ("availability zones", _zones),
    ("logging role of API Gateway", _logging_role),
    ("subscriptions", _subscriptions),
)


def examine(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """Yield verdict, check and text for each check of the account that applies."""
    for name, check in ACCOUNT:
        try:
            text = check(subject)
        except Problem as problem:
            yield "problem", name, str(problem)
        except ClientError as error:
            if error.response["Error"]["Code"] not in DENIED:
                raise
            yield "unknown", name, f"not allowed to call {error.operation_name}"
        else:
            if text is not None:
                yield "fine", name, text


def main(arguments: list[str] | None = None) -> int:
    """Check this machine and the account of one environment; 1 if there is a problem."""
    parser = argparse.ArgumentParser(prog="make doctor", description=main.__doc__)
    parser.add_argument("environment")
    given = parser.parse_args(arguments)
    problems = 0

    def report(verdict: str, name: str, text: str) -> None:
        nonlocal problems
        problems += verdict == "problem"
        print(f"{verdict:8} {name}: {text}", flush=True)

    def examine_all() -> int:
        for name, check in machine():
            try:
                report("fine", name, check())
            except Problem as problem:
                report("problem", name, str(problem))
        try:
            stack = stack_of(given.environment)
            if found := network.placeholders(stack):
                report("problem", "existing VPC", f"{found}; try: set the ids of your VPC there")
            session, account = session_for(stack)
            report("fine", "credentials", f"account {account}, {stack.region}")
            for finding in examine(Subject(stack, session, account)):
                report(*finding)
        except OperationError as error:
            report("problem", "credentials", str(error))
        print("No problems." if not problems else f"{problems} problems.")
        return 1 if problems else 0

    return reported(examine_all)


if __name__ == "__main__":
    sys.exit(main())
