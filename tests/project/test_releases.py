"""Canaries and snapshots are settings: everything that invokes a function follows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lifecycle import add
from proof import dependencies
from proof.stacks import Stack, read_stacks
from proof.warm_kernel import SynthFailed, WarmProcess
from tests.conftest import Bake
from tests.lifecycle.conftest import commit, git

CANARY = "Release(percent=10, minutes=5)"
SNAPSHOTS = "Release(snap_start=True)"
FUNCTION, ALIAS, VERSION = (f"AWS::Lambda::{kind}" for kind in ("Function", "Alias", "Version"))
GROUP, MAPPING = "AWS::CodeDeploy::DeploymentGroup", "AWS::Lambda::EventSourceMapping"
CALLERS = re.compile(
    r"AWS::(ApiGateway(V2)?::(Method|Integration)|Events::Rule|Scheduler::Schedule"
    r"|StepFunctions::StateMachine|Lambda::(EventSourceMapping|Permission))"
)
# The rest of a project's answers makes no difference to its callers.
VARIANTS = {
    "rest-s3": {"api": "rest", "worker": "s3"},
    "http-sqs": {"api": "http", "worker": "sqs"},
    "http-cognito-stream": {"api": "http", "api_auth": "cognito", "worker": "stream"},
    "none-schedule": {"api": "none", "worker": "schedule", "encryption": "aws_managed"},
    "rest-none-existing": {"api": "rest", "worker": "none", "network": "existing"},
    "china": {"aws_region": "cn-north-1", "worker": "schedule", "network": "none"},
}


def released(project: Path, release: str) -> Path:
    """Set the release of each environment of a project."""
    settings = project / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    setting = f"        release={release},\n        log_retention_days="
    text = text.replace("        log_retention_days=", setting)
    capacity = "from infra.environment.table import Capacity\n"
    assert setting in text
    assert capacity in text
    text = text.replace(capacity, f"{capacity}from tap_project.release import Release\n")
    settings.write_text(text, encoding="utf-8")
    return project


def callers(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield each resource that invokes a function, with its properties as text."""
    for name, resource in stack.resources.items():
        if CALLERS.fullmatch(resource["Type"]):
            text = json.dumps(resource["Properties"])
            if any(
                f'"{function}"' in text for function in (*stack.of_type(FUNCTION), *live(stack))
            ):
                yield name, text


def live(stack: Stack) -> dict[str, dict[str, Any]]:
    return stack.of_type(ALIAS)


def reference(name: str) -> str:
    return f'"{name}"'


def synthesized(project: Path, synth: WarmProcess) -> Stack:
    if not (project / "build").exists():
        dependencies.link(project, "3.14")
    (stack,) = read_stacks(synth(project))
    return stack


@pytest.fixture(scope="module")
def canary(bake: Bake, warm_synth: WarmProcess) -> Stack:
    """Return the default project's stack with a canary."""
    return synthesized(released(bake(environments="dev"), CANARY), warm_synth)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_caller_invokes_the_alias(variant: str, bake: Bake, warm_synth: WarmProcess) -> None:
    project = bake(environments="dev", **VARIANTS[variant])
    plain = synthesized(project, warm_synth)
    stack = synthesized(released(project, CANARY), warm_synth)
    functions, aliases = stack.of_type(FUNCTION), live(stack)
    assert functions
    assert len(aliases) == len(functions) == len(stack.of_type(GROUP))
    assert {properties["FunctionName"]["Ref"] for properties in aliases.values()} == {*functions}
    found = dict(callers(stack))
    assert set(found) == set(dict(callers(plain)))
    assert all(any(reference(alias) in text for alias in aliases) for text in found.values())
    assert not any(reference(function) in text for function in functions for text in found.values())
    assert set(stack.of_type(MAPPING)) == set(plain.of_type(MAPPING))


def test_without_the_setting_there_are_no_versions(bake: Bake, warm_synth: WarmProcess) -> None:
    stack = synthesized(bake(environments="dev"), warm_synth)
    kinds = {resource["Type"] for resource in stack.resources.values()}
    assert FUNCTION in kinds
    assert not {kind for kind in kinds if "CodeDeploy" in kind} | kinds & {ALIAS, VERSION}


def test_a_canary_is_rolled_back_by_an_alarm_on_the_new_version(canary: Stack) -> None:
    stack = canary
    assert live(stack)
    for name, alias in live(stack).items():
        policy = stack.resources[name]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = stack.of_type(GROUP)[policy["DeploymentGroupName"]["Ref"]]
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        (watched,) = group["AlarmConfiguration"]["Alarms"]
        alarm = stack.of_type("AWS::CloudWatch::Alarm")[watched["Name"]["Ref"]]
        dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
        assert dimensions["ExecutedVersion"] == alias["FunctionVersion"]
        assert alarm["Period"] * alarm["DatapointsToAlarm"] <= 120
        assert alarm["AlarmActions"]


def test_codedeploy_may_shift_the_functions_of_the_stack_only(canary: Stack) -> None:
    stack = canary
    (group, *_) = stack.of_type(GROUP).values()
    role = group["ServiceRoleArn"]["Fn::GetAtt"][0]
    assert "ManagedPolicyArns" not in stack.of_type("AWS::IAM::Role")[role]
    allowed = {
        action: json.dumps(statement["Resource"])
        for statement in stack.statements(role)
        for action in [statement["Action"]]
        if isinstance(action, str)
    }
    shifting = [s for s in stack.statements(role) if "lambda:UpdateAlias" in s["Action"]]
    assert allowed == {"cloudwatch:DescribeAlarms": '"*"'}
    named = {r["Fn::GetAtt"][0] for s in shifting for r in s["Resource"] if "Fn::GetAtt" in r}
    assert named == set(stack.of_type(FUNCTION))


def test_snapshots_need_no_codedeploy(bake: Bake, warm_synth: WarmProcess) -> None:
    stack = synthesized(released(bake(environments="dev"), SNAPSHOTS), warm_synth)
    assert len(live(stack)) == len(stack.of_type(FUNCTION)) > 0
    assert all(
        function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        for function in stack.of_type(FUNCTION).values()
    )
    assert not stack.of_type(GROUP)


@pytest.mark.parametrize("region", ["us-gov-west-1", "ap-east-2"])
def test_snapshots_are_rejected_where_lambda_has_none(
    region: str, bake: Bake, warm_synth: WarmProcess
) -> None:
    project = released(bake(environments="dev", aws_region=region), SNAPSHOTS)
    message = f"snap_start=True of 'dev' is not offered in {region}; try snap_start=False"
    with pytest.raises(SynthFailed, match=re.escape(message)):
        warm_synth(project)


def test_additions_invoke_the_alias(bake: Bake, warm_synth: WarmProcess) -> None:
    project = released(bake(environments="dev", worker="none"), CANARY)
    git(project, "init", "--quiet")
    commit(project)
    for given in (
        ["--what=function", "--name=reports"],
        ["--what=worker", "--kind=schedule", "--name=nightly"],
        ["--what=state-machine", "--name=billing"],
        ["--what=bus", "--name=shop"],
    ):
        assert add.main(["--project", str(project), *given]) == 0
        commit(project)
    stack_file = project / "infra" / "stack.py"
    text = stack_file.read_text(encoding="utf-8")
    for construct, name in (("Bus", "Shop"), ("ServiceFunction", "Reports")):
        made = re.compile(rf'^        (?={construct}\(\s*self,\s*"{name}")', re.MULTILINE)
        text, count = made.subn(f"        {name.lower()} = ", text)
        assert count == 1
    text += '        shop.send("Orders", reports, pattern={"source": ["shop"]})\n'
    stack_file.write_text(text, encoding="utf-8")
    stack = synthesized(project, warm_synth)
    functions, found = stack.of_type(FUNCTION), dict(callers(stack))
    assert len(functions) == len(live(stack)) == 4
    kinds = {stack.resources[name]["Type"] for name in found}
    assert {"AWS::Events::Rule", "AWS::Scheduler::Schedule"} < kinds
    assert "AWS::StepFunctions::StateMachine" in kinds
    assert not any(reference(function) in text for function in functions for text in found.values())
