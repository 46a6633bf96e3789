"""Each of the sixteen seed faults is absent from real stacks, and detected if it is added.

The matrix runs the same checks on every stack of every variant.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proof import dependencies, seed_faults, variants
from proof.matrix import prover
from proof.stacks import Resource, Stack, as_list, read_stacks
from proof.variants import Variant
from proof.warm_kernel import WarmProcess

Template = dict[str, Any]
Change = Callable[[Template], None]
Stacks = Callable[[Variant], list[Stack]]

SEED_FAULTS = (
    "1.1 1.2 1.3 2.1 2.2 2.3 3.1 3.2 3.3 4.1 4.2 4.3 5.1 5.2 6.1 6.2"  # one for each row
).split()

REST = variants.default()
HTTP = variants.by_id("http-cognito.sqs.provisioned.nat.aws_managed.no_audit")
MINIMAL = variants.by_id("none.schedule.on_demand.none.customer_managed.no_audit")


@pytest.fixture(scope="module")
def stacks(warm_synth: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    """Return a function that synthesizes each variant once."""
    made: dict[Variant, list[Stack]] = {}

    def synthesized(variant: Variant) -> list[Stack]:
        if variant not in made:
            project = prover.bake(variant, tmp_path_factory.mktemp("project"))
            dependencies.link(project, str(variant.answers["python_version"]))
            made[variant] = read_stacks(warm_synth(project))
        return made[variant]

    return synthesized


def resources(template: Template, kind: str) -> list[Resource]:
    """Return the resources of one type; at least one is required, or the change has no effect."""
    found = [each for each in template["Resources"].values() if each["Type"] == kind]
    assert found, f"there is no {kind}"
    return found


def properties(template: Template, kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in resources(template, kind)]


def statements(template: Template, kind: str = "AWS::IAM::Policy") -> list[dict[str, Any]]:
    document = "KeyPolicy" if kind == "AWS::KMS::Key" else "PolicyDocument"
    return [each for policy in properties(template, kind) for each in policy[document]["Statement"]]


def without(kind: str, key: str) -> Change:
    """Remove a property from one resource of a type."""
    return lambda template: properties(template, kind)[-1].__delitem__(key)


def having(kind: str, **more: Any) -> Change:
    """Add a property to one resource of a type."""
    return lambda template: properties(template, kind)[-1].update(more)


def lost(kind: str) -> Change:
    """Remove one resource of a type."""

    def change(template: Template) -> None:
        assert resources(template, kind)
        names = [n for n, each in template["Resources"].items() if each["Type"] == kind]
        del template["Resources"][names[-1]]

    return change


def added(kind: str, **given: Any) -> Change:
    return lambda template: template["Resources"].update(
        Added={"Type": kind, "Properties": dict(given)}
    )


def allowing(action: str, instead_of: str) -> Change:
    """Replace an action with another or a wider one."""

    def change(template: Template) -> None:
        for statement in statements(template):
            actions = as_list(statement["Action"])
            if instead_of in actions:
                statement["Action"] = [action if a == instead_of else a for a in actions]
                return
        raise AssertionError(f"no role may {instead_of}")

    return change


def on_everything(action: str) -> Change:
    def change(template: Template) -> None:
        for statement in statements(template):
            if action in as_list(statement["Action"]):
                statement["Resource"] = "*"
                return
        raise AssertionError(f"no role may {action}")

    return change


def plain_http(kind: str) -> Change:
    def change(template: Template) -> None:
        policy = properties(template, kind)[-1]["PolicyDocument"]
        kept = [each for each in policy["Statement"] if each["Effect"] != "Deny"]
        assert len(kept) < len(policy["Statement"])
        policy["Statement"] = kept

    return change


def without_the_trails_statements(template: Template) -> None:
    (policy,) = [key["KeyPolicy"] for key in properties(template, "AWS::KMS::Key")]
    kept = [
        each
        for each in policy["Statement"]
        if each["Principal"].get("Service") != "cloudtrail.amazonaws.com"
    ]
    assert len(kept) < len(policy["Statement"])
    policy["Statement"] = kept


def for_any_trail(template: Template) -> None:
    for each in statements(template, "AWS::KMS::Key"):
        if each["Principal"].get("Service") == "cloudtrail.amazonaws.com":
            each["Condition"] = {"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:*"}}


def alarm_of(metric: str) -> Callable[[Template], str]:
    def named(template: Template) -> str:
        return next(
            str(name)
            for name, each in template["Resources"].items()
            if each["Type"] == "AWS::CloudWatch::Alarm"
            and each["Properties"].get("MetricName") == metric
        )

    return named


def without_the_alarm_of(metric: str) -> Change:
    return lambda template: template["Resources"].__delitem__(alarm_of(metric)(template))


def on_another_filter(template: Template) -> None:
    alarm = template["Resources"][alarm_of("5xxErrors")(template)]["Properties"]
    for dimension in alarm["Dimensions"]:
        if dimension["Name"] == "FilterId":
            dimension["Value"] = "another"


def without_request_metrics(template: Template) -> None:
    for bucket in properties(template, "AWS::S3::Bucket"):
        bucket.pop("MetricsConfigurations", None)


def without_limit_on_the_index(template: Template) -> None:
    (table,) = properties(template, "AWS::DynamoDB::Table")
    del table["GlobalSecondaryIndexes"][0]["OnDemandThroughput"]


def without_output(name: str) -> Change:
    return lambda template: template["Outputs"].__delitem__(name)


def without_tag(kind: str, key: str) -> Change:
    def change(template: Template) -> None:
        found = properties(template, kind)[-1]
        kept = [tag for tag in found["Tags"] if tag["Key"] != key]
        assert len(kept) < len(found["Tags"])
        found["Tags"] = kept

    return change


FUNCTION = "AWS::Lambda::Function"
TABLE = "AWS::DynamoDB::Table"
TRAIL = "AWS::CloudTrail::Trail"

# Every fault in each possible form, in a variant that can have it.
MUTATIONS: list[tuple[str, Variant, str, Change]] = [
    ("1.1", REST, "no action", without("AWS::CloudWatch::Alarm", "AlarmActions")),
    ("1.1", REST, "empty", having("AWS::CloudWatch::Alarm", AlarmActions=[])),
    ("1.1", HTTP, "elsewhere", having("AWS::CloudWatch::Alarm", AlarmActions=["arn:aws:sns:x"])),
    ("1.2", REST, "API writes", allowing("s3:PutObject", "s3:GetObject")),
    ("1.2", HTTP, "wide read", allowing("s3:GetObject*", "s3:GetObject")),
    ("1.2", MINIMAL, "worker reads only", allowing("s3:GetObject", "s3:PutObject")),
    ("1.3", REST, "no recovery", without(TABLE, "PointInTimeRecoverySpecification")),
    (
        "1.3",
        HTTP,
        "switched off",
        having(TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}),
    ),
    ("2.1", REST, "reserved", having(FUNCTION, ReservedConcurrentExecutions=10)),
    ("2.1", HTTP, "unbounded", without("AWS::Lambda::EventSourceMapping", "ScalingConfig")),
    ("2.2", REST, "no statement", without_the_trails_statements),
    ("2.2", REST, "any trail", for_any_trail),
    ("2.2", MINIMAL, "no key", lost("AWS::KMS::Key")),
    ("2.3", REST, "everywhere", having(TRAIL, IsMultiRegionTrail=True)),
    ("2.3", REST, "global events", having(TRAIL, IncludeGlobalServiceEvents=True)),
    ("2.3", REST, "no validation", having(TRAIL, EnableLogFileValidation=False)),
    ("2.3", REST, "all events", having(TRAIL, AdvancedEventSelectors=[])),
    ("2.3", MINIMAL, "unasked", added(TRAIL)),
    ("3.1", REST, "bucket", plain_http("AWS::S3::BucketPolicy")),
    ("3.1", REST, "topic", plain_http("AWS::SNS::TopicPolicy")),
    ("3.1", HTTP, "queue", plain_http("AWS::SQS::QueuePolicy")),
    ("3.1", MINIMAL, "no policy", lost("AWS::S3::BucketPolicy")),
    ("3.2", REST, "wildcard action", allowing("dynamodb:*", "dynamodb:PutItem")),
    ("3.2", HTTP, "every table", on_everything("dynamodb:PutItem")),
    ("3.2", MINIMAL, "every object", on_everything("s3:PutObject")),
    ("3.3", REST, "no block", without("AWS::S3::Bucket", "PublicAccessBlockConfiguration")),
    (
        "3.3",
        HTTP,
        "half a block",
        having("AWS::S3::Bucket", PublicAccessBlockConfiguration={"BlockPublicAcls": True}),
    ),
    ("4.1", REST, "default memory", without(FUNCTION, "MemorySize")),
    ("4.1", HTTP, "128 MiB", having(FUNCTION, MemorySize=128)),
    ("4.1", MINIMAL, "default timeout", without(FUNCTION, "Timeout")),
    ("4.2", REST, "unasked", added("AWS::EC2::NatGateway")),
    ("4.2", REST, "no endpoint", lost("AWS::EC2::VPCEndpoint")),
    ("4.2", HTTP, "interface", having("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface")),
    ("4.2", MINIMAL, "unasked network", added("AWS::EC2::VPC")),
    ("4.3", REST, "no ceiling", without(TABLE, "OnDemandThroughput")),
    ("4.3", REST, "no ceiling on the index", without_limit_on_the_index),
    ("4.3", HTTP, "no target", lost("AWS::ApplicationAutoScaling::ScalableTarget")),
    ("4.3", HTTP, "no policy", lost("AWS::ApplicationAutoScaling::ScalingPolicy")),
    ("5.1", REST, "capacity", without_the_alarm_of("ConsumedWriteCapacityUnits")),
    ("5.1", REST, "throttles", without_the_alarm_of("ReadThrottleEvents")),
    ("5.1", HTTP, "S3", without_the_alarm_of("5xxErrors")),
    ("5.1", HTTP, "another filter", on_another_filter),
    ("5.1", MINIMAL, "no request metrics", without_request_metrics),
    ("5.2", REST, "function", having(FUNCTION, TracingConfig={"Mode": "PassThrough"})),
    ("5.2", HTTP, "none", without(FUNCTION, "TracingConfig")),
    ("5.2", REST, "stage", having("AWS::ApiGateway::Stage", TracingEnabled=False)),
    ("6.1", REST, "no tags", without("AWS::S3::Bucket", "Tags")),
    ("6.1", HTTP, "no owner", without_tag(FUNCTION, "Owner")),
    ("6.1", MINIMAL, "no environment", without_tag(TABLE, "Environment")),
    *[
        ("6.2", REST, name, without_output(name))
        for name in ("BucketArn", "TableArn", "ApiFunctionArn", "ApiUrl", "KeyArn", "TrailArn")
    ],
    *[
        ("6.2", HTTP, name, without_output(name))
        for name in ("UserPoolArn", "WorkerQueueArn", "VpcArn", "WorkerFunctionArn")
    ],
]


def production(found: list[Stack]) -> Stack:
    (stack,) = [each for each in found if each.production]
    return stack


@pytest.mark.parametrize("fault", SEED_FAULTS)
@pytest.mark.parametrize("variant", [REST, HTTP, MINIMAL], ids=str)
def test_no_stack_has_the_fault(fault: str, variant: Variant, stacks: Stacks) -> None:
    for stack in stacks(variant):
        seed_faults.CHECKS[fault](stack, prover.complete(variant))


@pytest.mark.parametrize(
    ("fault", "variant", "change"),
    [pytest.param(f, v, change, id=f"{f} {form}") for f, v, form, change in MUTATIONS],
)
def test_the_fault_is_detected(
    fault: str, variant: Variant, change: Change, stacks: Stacks
) -> None:
    template = copy.deepcopy(dict(production(stacks(variant)).template))
    change(template)
    stack = replace(production(stacks(variant)), template=template)
    with pytest.raises((AssertionError, KeyError, ValueError)):
        seed_faults.CHECKS[fault](stack, prover.complete(variant))


def test_missing_tags_of_the_stack_are_detected(stacks: Stacks) -> None:
    stack = replace(production(stacks(REST)), tags={"Environment": "prod"})
    with pytest.raises(AssertionError):
        seed_faults.CHECKS["6.1"](stack, prover.complete(REST))


def test_every_seed_fault_has_a_check_and_a_mutation() -> None:
    assert list(seed_faults.CHECKS) == SEED_FAULTS
    assert {fault for fault, *_ in MUTATIONS} == set(SEED_FAULTS)


def test_a_missing_import_is_rejected_by_the_projects_linter(tmp_path: Path) -> None:
    """The original fault 1.1: the name is used, but not imported."""
    project = prover.bake(REST, tmp_path)
    alarms = project / "infra" / "alarms.py"
    imported = "from aws_cdk import aws_cloudwatch_actions as actions\n"
    source = alarms.read_text(encoding="utf-8")
    assert imported in source
    alarms.write_text(source.replace(imported, ""), encoding="utf-8")
    (problem,) = prover.lint_problems(project)
    assert "F821 Undefined name `actions`" in problem
