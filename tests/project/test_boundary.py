"""The permissions boundary of the settings is on every role, whoever creates it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lifecycle import add
from lifecycle.catalogue import CATALOGUE, KINDS
from local_extensions.answers import TEMPLATE_ROOT
from proof import dependencies, variants
from proof.variants import Variant
from proof.warm_kernel import SynthFailed, WarmProcess
from tests.conftest import Bake
from tests.lifecycle.conftest import commit, git

BOUNDARY = ":policy/bounded"
# Together they have every answer that adds roles.
EVERY_VALUE = [
    variants.by_id(name)
    for name in (
        "rest-iam.s3.on_demand.endpoints.customer_managed.audit",
        "rest-cognito.stream.provisioned.none.aws_managed.audit",
        "http-cognito.sqs.on_demand.nat.customer_managed.no_audit",
        "http-iam.none.provisioned.existing.aws_managed.audit",
        "none.schedule.on_demand.endpoints.aws_managed.no_audit",
    )
]
HELPERS = """
        import aws_cdk as cdk
        from aws_cdk import aws_ec2 as ec2, aws_iam as iam, aws_lambda as lambda_
        from aws_cdk import aws_logs as logs, aws_s3 as s3, custom_resources as cr

        s3.Bucket(
            self,
            "Emptied",
            auto_delete_objects=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        ec2.Vpc(self, "Restricted", max_azs=2, restrict_default_security_group=True)
        logs.LogRetention(
            self, "Kept", log_group_name="x", retention=logs.RetentionDays.ONE_DAY
        )
        cr.AwsCustomResource(
            self,
            "Called",
            on_create=cr.AwsSdkCall(
                service="S3",
                action="listBuckets",
                physical_resource_id=cr.PhysicalResourceId.of("x"),
            ),
            policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"]),
        )
        handler = lambda_.Function(
            self,
            "Handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("PERMISSIONS = {}"),
        )
        cr.Provider(self, "Provider", on_event_handler=handler)
        nested = cdk.NestedStack(self, "Nested")
        iam.Role(nested, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        iam.User(self, "User")
        cdk.CfnResource(
            self, "Plain", type="AWS::IAM::Role", properties={"AssumeRolePolicyDocument": {}}
        )
"""


def bounded(project: Path) -> Path:
    """Set the boundary in each environment of a project."""
    settings = project / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    changed = text.replace(
        "        production=", '        permissions_boundary="bounded",\n        production='
    )
    assert changed != text
    settings.write_text(changed, encoding="utf-8")
    return project


def identities(assembly: Path, pattern: str = "*.template.json") -> dict[str, Any]:
    """Return the boundaries of all roles and users of an assembly, nested stacks included."""
    return {
        f"{file.name}/{name}": resource["Properties"].get("PermissionsBoundary")
        for file in assembly.glob(pattern)
        for name, resource in json.loads(file.read_text(encoding="utf-8"))["Resources"].items()
        if resource["Type"] in {"AWS::IAM::Role", "AWS::IAM::User"}
    }


def without_boundary(found: dict[str, Any]) -> list[str]:
    return [name for name, boundary in found.items() if BOUNDARY not in json.dumps(boundary)]


def test_every_answer_is_covered() -> None:
    answers = {pair for variant in EVERY_VALUE for pair in variant.infrastructure}
    assert {pair for variant in variants.product() for pair in variant.infrastructure} == answers


@pytest.mark.parametrize("variant", EVERY_VALUE, ids=str)
def test_every_role_has_the_boundary(variant: Variant, bake: Bake, warm_synth: WarmProcess) -> None:
    # Production has every role that other environments have.
    project = bounded(bake(**{**variant.answers, "environments": "prod"}))
    dependencies.link(project, str(variant.answers["python_version"]))
    found = identities(warm_synth(project))
    functions = [kind for kind in ("api", "worker") if variant.answers[kind] != "none"]
    assert len(found) >= len(functions) > 0
    assert without_boundary(found) == []


def test_roles_without_the_setting_have_none(bake: Bake, warm_synth: WarmProcess) -> None:
    project = bake()
    dependencies.link(project, "3.14")
    found = identities(warm_synth(project))
    assert len(without_boundary(found)) == len(found)


def test_roles_of_the_cdks_helpers_have_the_boundary(bake: Bake, warm_synth: WarmProcess) -> None:
    project = bounded(bake(environments="dev"))
    dependencies.link(project, "3.14")
    before = identities(warm_synth(project))
    stack = project / "infra" / "stack.py"
    stack.write_text(stack.read_text(encoding="utf-8").rstrip() + HELPERS, encoding="utf-8")
    with pytest.raises(SynthFailed):  # the guardrails reject most of the helpers
        warm_synth(project)
    found = identities(project / "cdk.out")
    assert len(found) >= len(before) + 9, sorted(found)
    assert without_boundary(found) == []


def test_roles_of_additions_have_the_boundary(bake: Bake, warm_synth: WarmProcess) -> None:
    project = bounded(bake())
    dependencies.link(project, "3.14")
    git(project, "init", "--quiet")
    commit(project)
    before = identities(warm_synth(project), "tap-service-*.template.json")
    for what in sorted(folder.name for folder in (TEMPLATE_ROOT / "additions").iterdir()):
        for kind in KINDS if what == "worker" else ("",):
            name = f"--name=more-{what}{kind}"[:31] if CATALOGUE[what].named else ""
            given = [f"--what={what}", name, f"--kind={kind}" if kind else ""]
            assert add.main(["--project", str(project), *filter(None, given)]) == 0
            commit(project)
    warm_synth(project)
    found: dict[str, Any] = {}
    for environment in ("dev", "prod"):
        found |= identities(project / "cdk.out", f"tap-service-{environment}.template.json")
    assert len(found) >= len(before) + 2 * 5
    assert without_boundary(found) == []
