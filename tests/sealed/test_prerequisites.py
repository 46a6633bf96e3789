"""`make bootstrap ARGS=--print` names what another team must provide, without credentials."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from proof import cold_process
from tap_project import answers, bootstrap, prerequisites, toolkit
from tap_project.assembly import Stack
from tests.conftest import Bake

ACCOUNT, REGION = "111122223333", "us-east-1"
BOUNDARY = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::1:policy/bounded"]]}
OPTIONS = {
    "github": ["--repository=org@1/tap@2"],
    "gitlab": ["--repository=org/tap", "--project-id=3"],
    "none": [],
}
Print = Callable[..., str]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bake: Bake) -> Stack:
    """Return dev, in a machine without credentials and tools, and a synthesized app."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("boto3.Session", None)
    project = bake()
    cli = cold_process.cdk_cli(project)
    monkeypatch.setattr(toolkit, "TEMPLATE", cli.parents[1] / "lib" / "api" / "bootstrap")
    monkeypatch.setattr(prerequisites, "BUILD", tmp_path)
    monkeypatch.setattr(prerequisites, "ROOT", project)
    monkeypatch.setattr(prerequisites, "ASSEMBLY", tmp_path)
    properties = {"requiresBootstrapStackVersion": 6}
    manifest = {"artifacts": {"tap-dev": {"properties": properties}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    template = tmp_path / "template.json"
    template.write_text('{"Resources": {}}', encoding="utf-8")
    return Stack(
        name="tap-dev",
        environment="dev",
        account=ACCOUNT,
        region=REGION,
        production=False,
        template=template,
    )


@pytest.fixture
def printed(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Print:
    """Return a function that prints the prerequisites of a stack like dev."""

    def run(
        *options: str, ci: str = "github", others: tuple[Stack, ...] = (), **change: Any
    ) -> str:
        changed = Stack(**{**vars(stack), **change})
        monkeypatch.setattr(answers, "ci", lambda: ci)
        monkeypatch.setattr(bootstrap, "stack_of", lambda _: changed)
        monkeypatch.setattr(
            bootstrap, "stacks", lambda: {s.environment: s for s in (changed, *others)}
        )
        status = bootstrap.main(["dev", "--print", *OPTIONS[ci], *options])
        output = capsys.readouterr()
        assert (status == 0) == (not output.err), output.err
        return output.out or output.err

    return run


def command(text: str, name: str) -> list[str]:
    """Return the arguments of the command that begins with these words."""
    (line,) = (
        part.replace("\\\n", " ") for part in text.split("\n\n") if part.startswith(f"    {name}")
    )
    return shlex.split(line)


def test_the_bootstrap_is_complete(printed: Print) -> None:
    arguments = command(printed(), "npx aws-cdk@2.")
    policies = "arn:aws:iam::aws:policy/AdministratorAccess"
    place = f"aws://{ACCOUNT}/{REGION}"
    assert arguments[2:] == ["bootstrap", place, "--cloudformation-execution-policies", policies]


def test_qualifier_policies_and_boundary_are_options(printed: Print, tmp_path: Path) -> None:
    text = printed(
        "--execution-policies=arn:one,arn:two",
        "--custom-permissions-boundary=developer",
        qualifier="mydev",
    )
    arguments = command(text, "npx aws-cdk@2.")
    given = dict(zip(arguments[4::2], arguments[5::2], strict=False))
    assert given["--cloudformation-execution-policies"] == "arn:one,arn:two"
    assert "--custom-permissions-boundary developer" in " ".join(arguments)
    assert arguments[-6:-2] == ["--qualifier", "mydev", "--toolkit-stack-name", "CDKToolkit-mydev"]
    assert "- developer, the permissions boundary of the CDK's own roles." in text
    template = yaml.safe_load(
        (tmp_path / "prerequisites-dev" / arguments[-1]).read_text(encoding="utf-8")
    )
    role = template["Resources"]["DeploymentActionRole"]["Properties"]
    assert role["Policies"][0]["PolicyDocument"]["Statement"] == toolkit.deploy_statements(
        Stack(**{**vars(stack_like(tmp_path)), "qualifier": "mydev"}), ACCOUNT
    )


def stack_like(folder: Path) -> Stack:
    return Stack(
        name="tap-dev",
        environment="dev",
        account=ACCOUNT,
        region=REGION,
        production=False,
        template=folder / "template.json",
    )


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_template_and_parameters_of_the_roles_are_written(
    printed: Print, stack: Stack, tmp_path: Path, ci: str
) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": BOUNDARY}}
    stack.template.write_text(json.dumps({"Resources": {"Role": role}}), encoding="utf-8")
    text = printed(ci=ci)
    arguments = command(text, "aws cloudformation create-stack")
    folder = tmp_path / "prerequisites-dev"
    assert "tap-dev-pipeline" in arguments
    files = [each.removeprefix("file://") for each in arguments if each.startswith("file://")]
    template, parameters = ((folder / name).read_text(encoding="utf-8") for name in files)
    values = {each["ParameterKey"]: each["ParameterValue"] for each in json.loads(parameters)}
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/bounded"
    assert values["PermissionsBoundary"] == boundary
    assert values["StackName"] == "tap-dev"
    declared = set(yaml.load(template, Loader=Loose)["Parameters"])
    assert set(values) <= declared
    assert f"- {boundary}, the permissions boundary of the stack's roles and the pipeline's" in text
    assert "sts:AssumeRole on the roles cdk-hnb659fds-*" in text
    assert (folder / "README.md").read_text(encoding="utf-8").strip() in text


class Loose(yaml.SafeLoader):
    """Load a CloudFormation template without its short forms."""


Loose.add_multi_constructor("!", lambda *_: None)


@pytest.mark.parametrize(
    ("ci", "variables"),
    [
        ("github", ["AWS_DEPLOY_ROLE", "AWS_DIFF_ROLE_DEV", "<DeployRoleArn>", "<DiffRoleArn>"]),
        ("gitlab", ["<DeployRoleArn>", "<DiffRoleArn>"]),
        ("none", []),
    ],
)
def test_the_variables_of_the_pipeline_are_named(
    printed: Print, ci: str, variables: list[str]
) -> None:
    text = printed(ci=ci)
    for variable in variables:
        assert variable in text
    assert ("## Variables" in text) == ("## Pipeline roles" in text) == bool(variables)


def test_a_shared_account_is_named(printed: Print, stack: Stack) -> None:
    production = Stack(**{**vars(stack), "environment": "prod", "production": True})
    assert "prod may be in the same account as dev" in printed(others=(production,))
    apart = Stack(**{**vars(production), "account": "999999999999"})
    assert "## Shared account" not in printed(others=(apart,))


@pytest.mark.parametrize(
    ("option", "known", "line"),
    [
        ("", None, "set account in infra/settings.py, or try: ARGS='--print --account=1111"),
        ("--account=1", None, "the account of 'dev' is 1, not the 12 digits of one"),
        ("--account=999999999999", ACCOUNT, f"belongs to {ACCOUNT} in infra/settings.py, not 999"),
    ],
)
def test_the_account_has_to_be_known(
    printed: Print, option: str, known: str | None, line: str
) -> None:
    text = printed(*filter(None, [option]), account=known)
    assert line in text
    assert text.count("\n") == 1


def test_an_option_replaces_the_setting(printed: Print) -> None:
    text = printed(f"--account={ACCOUNT}", account=None)
    assert f"in account {ACCOUNT}, {REGION}" in text
