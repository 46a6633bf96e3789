"""The plugin stops a synth, names construct and fix, honours exceptions, and fails closed."""

from __future__ import annotations

import contextlib
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct, IConstruct

from tap_guardrails.acknowledgements import NAG_RULES
from tap_guardrails.model import App
from tap_guardrails.plugin import Guardrails
from tap_guardrails.rules import RULES
from tests.guardrails.assembly import PROJECT

Build = Callable[[cdk.Stack], IConstruct]
TAGS = {"Project": "tap", "Owner": "us", "Environment": "dev"}


def synth(
    folder: Path, build: Callable[[cdk.Stack], Any], *, project: Path | None = None
) -> list[dict[str, Any]]:
    """Return the guardrails' findings in a stack, from the file that the CDK CLI reads."""
    context = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = cdk.App(analytics_reporting=False, context=context, outdir=str(folder))
    stack = cdk.Stack(app, "Stack", tags=TAGS, env=cdk.Environment(region="eu-west-1"))
    for key, value in TAGS.items():
        cdk.Tags.of(stack).add(key, value)
    build(stack)
    cdk.Validations.of(app).add_plugins(Guardrails(project))
    with contextlib.suppress(RuntimeError):  # ValidationFailed, which the report explains
        app.synth()
    reports = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    return [
        violation
        for report in reports["pluginReports"]
        if report["pluginName"] == "tap"
        for violation in report["violations"]
    ]


def key(scope: cdk.Stack, *, rotates: bool = False) -> kms.Key:
    """Add a key with an output, which breaks one rule unless it rotates."""
    made = kms.Key(scope, "Key", enable_key_rotation=rotates)
    cdk.CfnOutput(scope, "KeyArn", value=made.key_arn)
    return made


def careful(scope: cdk.Stack) -> kms.Key:
    """Add a key that breaks no rule."""
    return key(scope, rotates=True)


def acknowledge(on: IConstruct, rule: str, reason: str = "Ours to decide") -> IConstruct:
    """Accept a rule's finding on a construct."""
    cdk.Validations.of(on).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
    return on


def rules(report: list[dict[str, Any]]) -> list[str]:
    return [violation["ruleName"] for violation in report]


def test_a_correct_stack_has_no_findings(tmp_path: Path) -> None:
    assert synth(tmp_path, careful) == []


def test_a_finding_names_the_construct_and_the_fix(tmp_path: Path) -> None:
    (violation,) = synth(tmp_path, key)
    assert violation["ruleName"] == "TAP217"
    assert violation["violatingConstructs"][0]["constructPath"] == "Stack/Key/Resource"
    assert "enable_key_rotation=True" in violation["suggestedFix"]
    assert "https://" in violation["suggestedFix"]
    assert violation["severity"] == "error"


def test_a_synth_without_the_cdks_own_validation_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_VALIDATION", "false")
    (violation,) = synth(tmp_path, careful)
    assert violation["ruleName"] == "TAP605"
    assert "TAP605 CDK_VALIDATION: is 'false'" in violation["description"]


def test_an_exception_on_one_construct_is_honoured(tmp_path: Path) -> None:
    assert synth(tmp_path, lambda stack: acknowledge(key(stack), "tap::TAP217")) == []


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda s: acknowledge(key(s), "tap::TAP217", " "), "has no reason"),
        (lambda s: acknowledge(key(s).stack, "tap::TAP217"), "covers a whole stack"),
        (lambda s: acknowledge(key(s).node.root, "tap::TAP217"), "covers a whole stack"),
        (lambda s: acknowledge(careful(s), "tap::TAP217"), "matches nothing any more"),
        (lambda s: acknowledge(careful(s), "tap::TAP999"), "names no rule"),
        (lambda s: acknowledge(careful(s), "TAP217"), "names no rule"),
        (lambda s: acknowledge(careful(s), "tap217"), "names no rule"),
        (lambda s: acknowledge(careful(s), "Tap::TAP217"), "names no rule"),
        (lambda s: acknowledge(careful(s), "AwsSolutions-SQS3"), "matches nothing any more"),
        (lambda s: acknowledge(key(s), "AwsSolutions-KMS5", ""), "has no reason"),
        (lambda s: acknowledge(careful(s).stack, "AwsSolutions-KMS5"), "covers a whole stack"),
        (lambda s: acknowledge(careful(s), "AwsSolutions-NOPE"), "names no rule of cdk-nag"),
        (lambda s: acknowledge(careful(s), "AwsSolutions-KMS99"), "names no rule of cdk-nag"),
        (lambda s: acknowledge(careful(s), "awssolutions-kms5"), "names no rule of cdk-nag"),
        (lambda s: acknowledge(careful(s), "Annotation::warning-annotation", ""), "has no reason"),
        (
            lambda s: acknowledge(careful(s).stack, "Annotation::warning-annotation"),
            "covers a whole stack",
        ),
        (lambda s: acknowledge(careful(s), "CloudFormation-Validate::W3010", ""), "has no reason"),
        (
            lambda s: acknowledge(careful(s).stack, "CloudFormation-Validate::W3010"),
            "covers a whole stack",
        ),
    ],
    ids=[
        "no reason",
        "stack",
        "app",
        "unused",
        "unknown",
        "unqualified",
        "lower case",
        "other namespace",
        "nag unused",
        "nag no reason",
        "nag stack",
        "nag unknown",
        "nag number",
        "nag misspelled",
        "annotation no reason",
        "annotation stack",
        "validation no reason",
        "validation stack",
    ],
)
def test_an_invalid_exception_stops_the_synth(tmp_path: Path, build: Build, message: str) -> None:
    report = synth(tmp_path, build)
    assert rules(report).count("TAP001") == 1
    (fault,) = [violation for violation in report if violation["ruleName"] == "TAP001"]
    assert message in fault["description"]
    assert fault["severity"] == "fatal", "so that it can't be acknowledged"


@pytest.mark.parametrize(
    "rule", ["Annotation::warning-annotation", "CloudFormation-Validate::W3010"]
)
def test_a_reasoned_exception_of_the_cdk_on_one_construct_is_honoured(
    tmp_path: Path, rule: str
) -> None:
    assert synth(tmp_path, lambda stack: acknowledge(careful(stack), rule)) == []


def test_acknowledgements_of_the_cdk_are_honoured(tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        careful(stack)
        literal = stack.availability_zones[0]
        cdk.CfnResource(stack, "Zone", type="Some::Type", properties={"Zone": literal})

    assert "TAP001" not in rules(synth(tmp_path, build))
    manifests = [f.read_text(encoding="utf-8") for f in tmp_path.glob("*.json")]
    assert any("Literal AZs in template" in text for text in manifests)


def test_the_rules_of_cdk_nag_are_known() -> None:
    (package,) = (Path(cdk_nag.__file__).parent / "_jsii").glob("*.tgz")
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/lib/packs/aws-solutions.js")
        assert member is not None
        source = member.read().decode()
    known = set(re.findall(r"ruleSuffixOverride: '([A-Z]\w*\d)'", source))
    letters = {rule.rstrip("0123456789") for rule in known}
    possible = {f"{each}{number}" for each in letters for number in range(100)}
    assert {rule for rule in possible if NAG_RULES.fullmatch(rule)} == known


def test_an_exception_by_annotation_is_rejected(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "infra").mkdir(parents=True)
    code = 'cdk.Annotations.of(self).acknowledge_warning("x:y")\n'
    (project / "infra" / "stack.py").write_text(code, encoding="utf-8")
    report = synth(tmp_path / "out", careful, project=project)
    reported = [v["description"] for v in report if v["ruleName"] == "TAP001"]
    assert len(reported) == 1
    assert reported[0].startswith("TAP001 infra/stack.py:1: acknowledge_warning records no reason")


@pytest.mark.parametrize(
    ("resource", "used"), [("*", True), ("arn:aws:s3:::other/*", False)], ids=["used", "unused"]
)
def test_a_wildcard_of_cdk_nag_must_still_be_there(
    tmp_path: Path, resource: str, used: bool
) -> None:
    def build(stack: cdk.Stack) -> None:
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=["xray:PutTraceSegments"], resources=["*"]))
        acknowledge(role, f"AwsSolutions-IAM5[Resource::{resource}]")

    assert rules(synth(tmp_path, build)) == ([] if used else ["TAP001"])


@pytest.mark.parametrize("protected", [False, True], ids=["no WAF", "WAF"])
def test_an_exception_that_the_stack_contradicts_is_stale(tmp_path: Path, protected: bool) -> None:
    def build(stack: cdk.Stack) -> None:
        api = apigateway.RestApi(stack, "Api", deploy=False)
        api.root.add_method("GET")
        deployment = apigateway.Deployment(stack, "Deployment", api=api)
        stage = apigateway.Stage(stack, "Stage", deployment=deployment)
        acknowledge(stage, "AwsSolutions-APIG3", "No WAF: callers sign their requests")
        if protected:
            arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/own/1"
            wafv2.CfnWebACLAssociation(stack, "Waf", resource_arn=stage.stage_arn, web_acl_arn=arn)

    faults = [v for v in synth(tmp_path, build) if v["ruleName"] == "TAP001"]
    assert len(faults) == protected
    assert all("AwsSolutions-APIG3 matches nothing any more" in v["description"] for v in faults)


def test_nested_stacks_and_stages_are_checked(tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        key(cdk.NestedStack(stack, "Nested"))
        other = cdk.Stack(cdk.Stage(cast(Construct, stack.node.root), "Stage"), "Other", tags=TAGS)
        for name, value in TAGS.items():
            cdk.Tags.of(other).add(name, value)
        key(other)

    found = {c["constructPath"] for v in synth(tmp_path, build) for c in v["violatingConstructs"]}
    assert {"Stack/Nested/Key/Resource", "Stage/Other/Key/Resource"} <= found


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda s: s.add_transform("AWS::Serverless-2016-10-31"), "has a Transform"),
        (lambda s: s.template_options.__setattr__("transforms", ["X"]), "has a Transform"),
    ],
    ids=["macro", "transforms"],
)
def test_an_unreadable_template_is_reported_in_one_line(
    tmp_path: Path, build: Build, message: str
) -> None:
    (violation,) = synth(tmp_path, build)
    assert violation["ruleName"] == "TAP002"
    assert message in violation["description"]
    assert "\n" not in violation["description"]


@pytest.mark.parametrize("nested", [False, True], ids=["stack", "nested"])
def test_acknowledgements_in_an_unreadable_template_are_kept(
    tmp_path: Path, *, nested: bool
) -> None:
    def build(stack: cdk.Stack) -> None:
        scope = cdk.NestedStack(stack, "Nested") if nested else stack
        scope.add_transform("AWS::LanguageExtensions")
        made = acknowledge(key(scope), "tap::TAP217")
        acknowledge(made, "AwsSolutions-KMS5")

    assert rules(synth(tmp_path, build)).count("TAP001") == 0


def test_a_transform_hides_no_needless_acknowledgement_elsewhere(tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        cdk.NestedStack(stack, "Nested").add_transform("AWS::LanguageExtensions")
        acknowledge(careful(stack), "tap::TAP217")

    assert rules(synth(tmp_path, build)).count("TAP001") == 1


def test_a_conditional_value_is_not_guessed(tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        resource = careful(stack).node.default_child
        assert isinstance(resource, kms.CfnKey)
        choice = cdk.Fn.condition_if("Big", True, False)
        cdk.CfnCondition(stack, "Big", expression=cdk.Fn.condition_equals(cdk.Aws.REGION, "x"))
        resource.add_property_override("EnableKeyRotation", choice)

    (violation,) = synth(tmp_path, build)
    assert violation["ruleName"] == "TAP002"
    assert "Not judged" in violation["description"]
    assert "TAP217" in violation["description"]


def test_a_rule_that_fails_fails_the_synth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> list[str]:
        raise ZeroDivisionError("by accident")

    broken_rule = type(RULES["TAP217"])(**{**vars(RULES["TAP217"]), "check": broken})
    monkeypatch.setitem(RULES, "TAP217", broken_rule)
    (violation,) = synth(tmp_path, careful)
    assert "ZeroDivisionError: by accident" in violation["description"]


def test_a_model_that_fails_fails_the_synth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(App, "_read", lambda *_: 1 / 0)
    (violation,) = synth(tmp_path, careful)
    assert violation["ruleName"] == "TAP002"
    assert "ZeroDivisionError" in violation["description"]


def test_five_hundred_resources_and_unknown_types_are_checked(tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        for number in range(480):
            cdk.CfnResource(stack, f"R{number}", type="Some::Unknown::Type", properties={"A": [1]})
        sqs.CfnQueue(stack, "Queue")

    assert "TAP201" in rules(synth(tmp_path, build))
