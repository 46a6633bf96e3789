"""`tap-guardrails check` judges any cloud assembly: its options, formats and exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tap_guardrails import SITE
from tap_guardrails.__main__ import main
from tests.guardrails.assembly import Assembly, att, document, ref, resource

KEY, QUEUE = "AWS::KMS::Key", "AWS::SQS::Queue"
FINDING = {
    "rule",
    "profile",
    "construct",
    "logical_id",
    "template",
    "message",
    "fix",
    "evidence",
    "page",
}
# A key that isn't rotated (core), and has no tag, output or alarm (house).
FAULTY = {"Key": resource(KEY, properties={"KeyPolicy": document()})}
CLEAN = {"Key": resource(KEY, properties={"EnableKeyRotation": True, "KeyPolicy": document()})}
UNKNOWN = {"Key": resource(KEY, properties={"EnableKeyRotation": {"Fn::If": ["A", 1, 2]}})}
NESTED = resource("AWS::CloudFormation::Stack", properties={"TemplateURL": "https://vendor/x.yaml"})


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder that is no project of the template."""
    monkeypatch.chdir(tmp_path)


def check(*arguments: str | Path) -> int:
    return main(["check", *map(str, arguments)])


def assembly(folder: Path, resources: dict[str, Any], **more: Any) -> Path:
    return Assembly(folder).stack(resources, **more).folder


def read(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the JSON that a command printed."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_the_documented_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(assembly(tmp_path / "out", FAULTY), "--json") == 1
    found = read(capsys)
    assert found.keys() == {"findings", "not_judged", "coverage"}
    (finding,) = found["findings"]
    assert finding.keys() == FINDING
    assert finding["rule"] == "TAP217"
    assert finding["profile"] == "core"
    assert (finding["construct"], finding["logical_id"]) == ("app/Key", "Key")
    assert finding["template"] == "app.template.json"
    assert "enable_key_rotation=True" in finding["fix"]
    assert finding["evidence"].startswith("https://")
    assert finding["page"] == f"{SITE}/rules/{finding['rule']}/"
    assert found["coverage"] == {"resources": 1, "without_rule": 0, "types_without_rule": []}


def test_json_has_one_entry_for_each_resource(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = dict.fromkeys(("One", "Two", "Three"), FAULTY["Key"])
    check(assembly(tmp_path / "out", resources), "--json")
    assert [each["logical_id"] for each in read(capsys)["findings"]] == ["One", "Two", "Three"]


def test_a_house_convention_is_no_finding_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = assembly(tmp_path / "out", CLEAN)
    assert check(out, "--json") == 0
    assert read(capsys)["findings"] == []
    assert check(out, "--json", "--profile", "house") == 1
    found = read(capsys)["findings"]
    assert {each["profile"] for each in found} == {"house"}


def test_the_house_is_the_default_inside_a_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seal = tmp_path / "tap_project" / "seal.sha256"
    seal.parent.mkdir()
    seal.write_text("", encoding="utf-8")
    assert check(assembly(tmp_path / "cdk.out", CLEAN), "--json") == 1
    assert "house" in {each["profile"] for each in read(capsys)["findings"]}


@pytest.mark.parametrize(
    ("options", "status"),
    [([], 0), (["--strict"], 1), (["--profile", "house"], 1)],
    ids=["core", "strict", "house"],
)
def test_what_is_not_judged_fails_where_it_should(
    options: list[str], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {"A": {"Value": att("Key")}}
    out = assembly(tmp_path / "out", UNKNOWN, Outputs=outputs)
    assert check(out, "--json", *options) == status
    (note,) = read(capsys)["not_judged"]
    assert note.keys() == {"template", "subject", "reason"}
    assert (note["template"], note["subject"]) == ("app.template.json", "app/Key")
    assert "Fn::If" in note["reason"]


def test_what_is_not_judged_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(assembly(tmp_path / "out", UNKNOWN)) == 0
    said = capsys.readouterr()
    assert "Not judged" in said.err
    assert "not judged: 1; findings: 0." in said.out


def test_a_nested_stack_of_others_is_one_note_and_the_rest_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(assembly(tmp_path / "out", {**FAULTY, "Nested": NESTED}), "--json") == 1
    found = read(capsys)
    assert [each["rule"] for each in found["findings"]] == ["TAP217"]
    (note,) = found["not_judged"]
    assert note["subject"] == "app/Nested"


def test_an_acknowledged_note_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"type": "aws:cdk:acknowledged-rules", "data": {"tap::TAP002": "A vendor's stack"}}
    path = {"type": "aws:cdk:logicalId", "data": "Nested"}
    out = assembly(
        tmp_path / "out", {"Nested": NESTED, **CLEAN}, metadata={"/app/Nested": [path, entry]}
    )
    assert check(out, "--json", "--strict") == 0
    assert read(capsys)["not_judged"] == []


def test_a_baseline_accepts_what_exists_and_drops_what_is_fixed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "baseline.json"
    both = {"One": FAULTY["Key"], "Two": FAULTY["Key"]}
    assert check(assembly(tmp_path / "a", both), "--baseline", file) == 0
    assert "accepted by the baseline: 2" in capsys.readouterr().out
    assert check(assembly(tmp_path / "a", both), "--baseline", file) == 0
    # One is fixed, and no longer accepted.
    assert check(assembly(tmp_path / "b", {**both, "One": CLEAN["Key"]}), "--baseline", file) == 0
    assert check(assembly(tmp_path / "c", both), "--baseline", file, "--json") == 1
    capsys.readouterr()
    assert check(assembly(tmp_path / "d", both), "--baseline", file, "--json") == 1
    assert [each["logical_id"] for each in read(capsys)["findings"]] == ["One"]
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert [each["logical_id"] for each in kept["findings"]] == ["Two"]


def test_a_file_that_is_no_baseline_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine", encoding="utf-8")
    assert check(assembly(tmp_path / "out", FAULTY), "--baseline", file) == 2
    assert file.read_text(encoding="utf-8") == "mine"
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is not a baseline" in said


def test_sarif_names_file_and_line(tmp_path: Path) -> None:
    source = tmp_path / "stack.py"
    source.write_text('\nkms.Key(self, "Key")\n', encoding="utf-8")
    target = tmp_path / "result.sarif"
    out = assembly(tmp_path / "out", FAULTY)
    assert check(out, "--sarif", target, "--source", "*.py") == 1
    log = json.loads(target.read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = {each["id"]: each["helpUri"] for each in run["tool"]["driver"]["rules"]}
    assert rules["TAP217"] == f"{SITE}/rules/TAP217/"
    results = [each for each in run["results"] if each["ruleId"] == "TAP217"]
    (result,) = results
    assert rules.keys() >= {each["ruleId"] for each in run["results"]}
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "stack.py"},
        "region": {"startLine": 2},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "app/Key"


def test_an_app_is_synthesized_with_the_context_of_cdk_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ready = assembly(tmp_path / "ready", FAULTY)
    code = (
        "import json, os, shutil;"
        "assert json.loads(os.environ['CDK_CONTEXT_JSON']) == {'a': 1};"
        f"shutil.copytree({str(ready)!r}, os.environ['CDK_OUTDIR'], dirs_exist_ok=True)"
    )
    (tmp_path / "cdk.json").write_text('{"context": {"a": 1}}', encoding="utf-8")
    command = f'"{sys.executable}" -c "{code}"'
    assert check("--app", command, "--json") == 1
    assert [each["rule"] for each in read(capsys)["findings"]] == ["TAP217"]
    assert (tmp_path / "cdk.out" / "manifest.json").is_file()


def test_an_app_that_fails_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = f"{sys.executable} -c 'raise SystemExit(\"no such stack\")'"
    assert check(tmp_path / "out", "--app", command) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith("wrote no cloud assembly: no such stack\n")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["missing"], "no cloud assembly in 'missing'; try: cdk synth"),
        (["."], "no cloud assembly in '.'; try: cdk.out"),
        (["empty"], "no resources in 'empty': nothing to judge"),
        (["cdk.out", "--source", "nothing/*.py"], "--source 'nothing/*.py' matches no file"),
    ],
    ids=["missing", "parent folder", "empty", "source"],
)
def test_a_usage_error_is_one_line(
    arguments: list[str], hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assembly(tmp_path / "cdk.out", CLEAN)
    assembly(tmp_path / "empty", {})
    assert check(*arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert hint in said


def test_the_summary_counts_resources_without_a_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {f"R{n}": resource("AWS::IoTFleetHub::Application") for n in range(3)}
    assert check(assembly(tmp_path / "out", {**CLEAN, **unknown})) == 0
    assert (
        "Checked 4 resources; no rule covers 3 of them (AWS::IoTFleetHub::Application)"
        in capsys.readouterr().out
    )


def test_a_role_from_outside_is_reported_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = {"ZipFile": "PERMISSIONS = {}\n\ndef handler(event, context):\n    return 1\n"}
    properties = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": code,
        "Role": "arn:aws:iam::111122223333:role/shared",
        "LoggingConfig": {"LogGroup": ref("Logs")},
    }
    function = resource("AWS::Lambda::Function", properties=properties)
    logs = resource("AWS::Logs::LogGroup", properties={"RetentionInDays": 30})
    resources = {"One": function, "Two": function, "Logs": logs}
    check(assembly(tmp_path / "out", resources), "--json", "--profile", "house")
    about = [each for each in read(capsys)["not_judged"] if "role" in each["reason"]]
    assert len(about) == 1


@pytest.mark.parametrize("runtime", ["nodejs22.x", "java21", "dotnet8", "ruby3.3", "provided.al2"])
def test_other_runtimes_are_not_parsed_as_python(
    runtime: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = {"ZipFile": "exports.handler = async () => { return `x` };"}
    properties = {"Runtime": runtime, "Handler": "index.handler", "Code": code, "Role": att("Role")}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    role = {
        "AssumeRolePolicyDocument": document({**trust, "Principal": {"Service": "lambda"}}),
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    }
    resources = {
        "Function": resource("AWS::Lambda::Function", properties=properties),
        "Role": resource("AWS::IAM::Role", properties=role),
    }
    assert check(assembly(tmp_path / "out", resources), "--json") == 0
    found = read(capsys)
    assert found["findings"] == []
    assert not [each for each in found["not_judged"] if "Syntax" in each["reason"]]


def test_a_failed_synth_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app.py").write_text("import os\n", encoding="utf-8")
    assert check("out", "--app", "exit 1", "--source", "app.py") == 2
    assert "wrote no cloud assembly" in capsys.readouterr().err


def test_a_failed_synth_keeps_the_former_assembly(tmp_path: Path) -> None:
    out = assembly(tmp_path / "out", CLEAN)
    assert check(out, "--app", "exit 1") == 2
    assert check(out) == 0


def test_a_baseline_keeps_what_a_run_did_not_judge(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    out = assembly(tmp_path / "out", FAULTY)
    assert check(out, "--profile", "house", "--baseline", file) == 0
    before = file.read_text(encoding="utf-8")
    assert "house" in before
    assert check(out, "--baseline", file) == 0
    (tmp_path / "app.py").write_text("import os\n", encoding="utf-8")
    check("other", "--app", "exit 1", "--source", "app.py", "--baseline", file)
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(before)


def test_a_baseline_is_not_written_if_another_file_can_t_be(tmp_path: Path) -> None:
    out, file = assembly(tmp_path / "out", FAULTY), tmp_path / "baseline.json"
    assert check(out, "--baseline", file, "--sarif", tmp_path / "no" / "such.sarif") == 2
    assert not file.exists()
    assert check(out, "--baseline", file, "--sarif", file) == 2


@pytest.mark.parametrize("pattern", ["/tmp/*.py", "a**b/*.py", ""])
def test_an_invalid_pattern_is_one_line(
    pattern: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(assembly(tmp_path / "out", CLEAN), "--source", pattern) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_source_that_is_no_python_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.py").write_text("def (", encoding="utf-8")
    assert check(assembly(tmp_path / "out", CLEAN), "--source", "app.py") == 2
    assert capsys.readouterr().err.startswith("app.py is not a Python module: ")


@pytest.mark.parametrize("content", ["[]", "null", "x"])
def test_an_unreadable_template_is_a_note(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = assembly(tmp_path / "out", FAULTY)
    Assembly.stack(made := Assembly(out), CLEAN, name="other")
    made.artifacts |= json.loads((out / "manifest.json").read_text("utf-8"))["artifacts"]
    (out / "other.template.json").write_text(content, encoding="utf-8")
    assembly(out, FAULTY)
    made.artifacts["app"] = {**made.artifacts["other"], "displayName": "app"}
    made.artifacts["app"]["properties"] = {"templateFile": "app.template.json"}
    made.manifest()
    assert check(out, "--json") == 1
    found = read(capsys)
    assert [each["rule"] for each in found["findings"]] == ["TAP217"]
    assert len(found["not_judged"]) == 1
