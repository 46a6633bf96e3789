"""Small apps of all kinds are judged correctly: tests/guardrails/cases has one file for each class.

A case is a template in short form, with the verdict for some rules: the logical IDs (or the stack
name) with a finding. `?Fn` is a note that Fn is not judged. Other keys:

- right: why this verdict is right
- functions: properties that differ from a correct function, or "absent"; `!`: DependsOn and so on
- files: the function's asset; {"latin-1": text} has this encoding
- stack, environment: the artifact's properties (tags, terminationProtection, stackName)
- second: the resources of a second stack, deployed first unless `independent` is true
- siblings: changes of the case, as a JSON merge patch, each with its own verdict
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tap_guardrails.model import App, Resource
from tap_guardrails.rules import RULES, Note, judge
from tests.guardrails.assembly import Assembly, att, ref, resource

CASES = Path(__file__).with_name("cases")
ABSENT = "absent"
# The rules about access for everyone, whatever their IDs; these two are about something else.
ACCESS, BLOCKED = "access", {"TAP201", "TAP202"}
ASSET = "a" * 64
TEXT = "PERMISSIONS = {}\ndef handler(event, context):\n    return {}\n"
LAMBDA = {"Action": "sts:AssumeRole", "Effect": "Allow"}
ROLE = {
    "AssumeRolePolicyDocument": {
        "Statement": [{**LAMBDA, "Principal": {"Service": "lambda.amazonaws.com"}}]
    },
    "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
}
FUNCTION = {
    "Runtime": "python3.13",
    "Handler": "index.handler",
    "Code": {"ZipFile": TEXT},
    "Role": att("Role"),
    "MemorySize": 256,
    "Timeout": 10,
    "TracingConfig": {"Mode": "Active"},
    "LoggingConfig": {"LogGroup": ref("Logs")},
}
AGNOSTIC = "aws://unknown-account/unknown-region"


def patched(value: Any, patch: Any) -> Any:
    """Return a value with a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for key, item in patch.items():
        if item is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), item)
    return result


def cases() -> list[Any]:
    """Return each case and sibling as a parameter of a test."""
    found = []
    for file in sorted(CASES.glob("*.json")):
        case = json.loads(file.read_text(encoding="utf-8"))
        siblings = case.pop("siblings", {})
        found.append(pytest.param(case, id=file.stem))
        for name, patch in siblings.items():
            given = {key: value for key, value in case.items() if key != "expected"}
            found.append(pytest.param(patched(given, patch), id=f"{file.stem}/{name}"))
    return found


def functions(case: dict[str, Any]) -> dict[str, Any]:
    """Return the functions of a case, with their role and log group."""
    code = {"S3Bucket": "assets", "S3Key": f"{ASSET}.zip"}
    usual = {**FUNCTION, "Code": code} if "files" in case else FUNCTION
    found: dict[str, Any] = {}
    for name, change in case.get("functions", {}).items():
        attributes = change.get("!", {})
        given = {**usual, **{k: v for k, v in change.items() if k != "!"}}
        properties = {k: v for k, v in given.items() if v != ABSENT}
        found[name] = resource("AWS::Lambda::Function", properties=properties, **attributes)
    if found:
        found["Role"] = resource("AWS::IAM::Role", properties=ROLE)
        found["Logs"] = resource("AWS::Logs::LogGroup", properties={"RetentionInDays": 30})
    return found


def assembled(case: dict[str, Any], folder: Path) -> App:
    """Write the assembly of a case, and read it."""
    assembly, place = Assembly(folder), case.get("environment", AGNOSTIC)
    if "second" in case:
        assembly.stack(case["second"], name="second", environment=place)
    names = ("Outputs", "Conditions", "Parameters")
    parts = {name: case[name.lower()] for name in names if name.lower() in case}
    resources = {**functions(case), **case.get("resources", {})}
    assembly.stack(resources, name="app", environment=place, **parts)
    for artifact in assembly.artifacts.values():
        artifact["properties"] |= {"tags": {}, **case.get("stack", {})}
    if not case.get("independent"):
        assembly.artifacts["app"]["dependencies"] = [n for n in assembly.artifacts if n != "app"]
    for name, content in case.get("files", {}).items():
        file = folder / "code" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        texts = content if isinstance(content, dict) else {"utf-8": content}
        for encoding, text in texts.items():
            file.write_text(text, encoding=encoding)
    assembly.assets({ASSET: "code"})
    return App(folder)


def reported(app: App) -> dict[str, set[str]]:
    """Return the subjects of findings and notes by rule, and those of the rules about access."""
    found: dict[str, set[str]] = {rule: set() for rule in (*RULES, ACCESS)}
    for each in judge(app):
        if isinstance(each, Note):
            name = each.resource.id if each.resource else each.subject
            for rule in each.rules:
                found[rule].add(f"?{name}")
            assert "unexpected type" not in each.reason
            assert " object at 0x" not in each.reason
            continue
        subject = each.subject.id if isinstance(each.subject, Resource) else each.subject
        found[each.rule.id].add(subject)
        if each.rule.when == "security" and each.rule.id not in BLOCKED:
            found[ACCESS].add(subject)
        assert " object at 0x" not in each.detail
    return found


@pytest.mark.parametrize("case", cases())
def test_a_case_is_judged_correctly(case: dict[str, Any], tmp_path: Path) -> None:
    found = reported(assembled(case, tmp_path))
    expected: dict[str, list[str]] = case["expected"]
    assert {rule: sorted(found[rule]) for rule in expected} == {
        rule: sorted(subjects) for rule, subjects in expected.items()
    }


@pytest.mark.parametrize("file", sorted(CASES.glob("*.json")), ids=lambda file: file.stem)
def test_a_case_and_its_siblings_expect_something(file: Path) -> None:
    case = json.loads(file.read_text(encoding="utf-8"))
    for each in (case, *case.get("siblings", {}).values()):
        assert each["expected"]
        assert set(each["expected"]) <= {*RULES, ACCESS}
