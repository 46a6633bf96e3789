"""Production in a shared account is isolated by all measures together, and by none alone.

The combinations are evaluated with the role of the CDK's bootstrap template, with the
template that `make bootstrap` writes, and with policies like those of a platform team.
"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from proof import cold_process
from proof.simulation.resolved import Resolved
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake
from tests.support.operations import imported

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
EXECUTION, BOUNDARY = f"{IAM}:policy/execution", f"{IAM}:policy/tap-dev-boundary"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OWN_TAG = {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}
BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}

NAMED = [
    f"arn:aws:{service}:*:{ACCOUNT}:{kind}tap-service-dev-*"
    for service, kind in (
        ("cloudwatch", "alarm:"),
        ("dynamodb", "table/"),
        ("events", "rule/"),
        ("lambda", "function:"),
        ("logs", "log-group:"),
        ("sns", ""),
        ("sqs", ""),
    )
] + ["arn:aws:s3:::tap-service-dev-*"]
OWN_RESOURCES = {"Effect": "Allow", "Action": "*", "Resource": NAMED}
OWN_TAGGED = {
    "Effect": "Allow",
    "Action": ["apigateway:*", "ec2:*", "kms:*"],
    "Resource": "*",
    "Condition": OWN_TAG,
}
NEW_TAGGED = {
    "Effect": "Allow",
    "Action": ["apigateway:POST", "ec2:CreateVpc", "ec2:CreateSubnet", "kms:CreateKey"],
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:RequestTag/Environment": "dev"}},
}
NEW_ROLES = {
    "Effect": "Allow",
    "Action": ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"],
    "Resource": f"{IAM}:role/tap-service-dev-*",
    "Condition": BOUNDED,
}
OWN_ROLES = {
    "Effect": "Allow",
    "Action": ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:PassRole"],
    "Resource": f"{IAM}:role/tap-service-dev-*",
}
RESTRICTED = [OWN_RESOURCES, OWN_TAGGED, NEW_TAGGED, NEW_ROLES, OWN_ROLES]


class Iam:
    """A model of the IAM calls that read policies."""

    def __init__(
        self, policies: dict[str, Any], roles: dict[str, tuple[list[Any], list[str]]]
    ) -> None:
        self.policies = {ADMINISTRATOR: [EVERYTHING], **policies}
        self.roles = roles
        self.operation = ""

    def client(self, service: str) -> Iam:
        assert service == "iam"
        return self

    def get_policy(self, PolicyArn: str) -> dict[str, Any]:
        assert PolicyArn in self.policies
        return {"Policy": {"DefaultVersionId": "v1"}}

    def get_policy_version(self, PolicyArn: str, VersionId: str) -> dict[str, Any]:
        assert VersionId == "v1"
        return {"PolicyVersion": {"Document": {"Statement": self.policies[PolicyArn]}}}

    def get_paginator(self, operation: str) -> Iam:
        self.operation = operation
        return self

    def paginate(self, RoleName: str) -> list[dict[str, Any]]:
        if RoleName not in self.roles:
            raise ClientError({"Error": {"Code": "NoSuchEntity", "Message": ""}}, "Any")
        if self.operation == "list_role_policies":
            return [{"PolicyNames": ["default"]}]
        return [{"AttachedPolicies": [{"PolicyArn": arn} for arn in self.roles[RoleName][1]]}]

    def get_role_policy(self, RoleName: str, PolicyName: str) -> dict[str, Any]:
        assert PolicyName == "default"
        return {"PolicyDocument": {"Statement": self.roles[RoleName][0]}}


class Project:
    """A rendered project whose dev has a separate bootstrap, and its cloud assembly."""

    def __init__(self, project: Path, assembly: Path) -> None:
        self.assembly, self.bootstrap, self.isolation, self.toolkit = imported(
            project,
            "tap_project.assembly",
            "tap_project.bootstrap",
            "tap_project.isolation",
            "tap_project.toolkit",
        )
        found = self.assembly.stacks(assembly)
        self.dev, self.prod = (replace(found[name], account=ACCOUNT) for name in ("dev", "prod"))
        cli = cold_process.cdk_cli(project)
        self.toolkit.TEMPLATE = cli.parents[1] / "lib" / "api" / "bootstrap"

    def isolation_gaps(
        self,
        policies: dict[str, Any] | None = None,
        *,
        deploys: list[Any] | None = None,
        executes: list[str] | None = None,
        dev: Any = None,
    ) -> list[str]:
        """Return the ways to change production when production is bootstrapped."""
        dev = dev or self.dev
        limited = self.toolkit.deploy_statements(dev, ACCOUNT)
        place = f"role-{ACCOUNT}-{dev.region}"
        roles = {
            f"cdk-{dev.qualifier}-deploy-{place}": (limited if deploys is None else deploys, []),
            f"cdk-{dev.qualifier}-cfn-exec-{place}": ([], executes or [EXECUTION]),
        }
        known = {EXECUTION: RESTRICTED, BOUNDARY: [OWN_RESOURCES], **(policies or {})}
        gaps: list[str] = self.isolation.isolation_gaps(
            Iam(known, roles), ACCOUNT, self.prod, [dev, self.prod], None
        )
        return gaps

    def cdk_template(self) -> dict[str, Any]:
        """Return the bootstrap template of the CDK CLI."""
        file = self.toolkit.TEMPLATE / "bootstrap-template.yaml"
        template: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        return template


@pytest.fixture(scope="module")
def project(
    bake: Bake, warm_synth: WarmProcess, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    folder = bake()
    settings = folder / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    changed = text.replace(
        'name="dev",',
        'name="dev",\n            bootstrap_qualifier="tapdev",'
        '\n            permissions_boundary="tap-dev-boundary",',
    )
    assert changed != text
    settings.write_text(changed, encoding="utf-8")
    return Project(folder, warm_synth(folder, tmp_path_factory.mktemp("out") / "cdk.out"))


def statements_of(template: dict[str, Any], dev: Any) -> list[Any]:
    """Return the permissions of the CDK's deploy role for a qualifier."""
    stack = Resolved(yaml.safe_dump(template), {"Qualifier": dev.qualifier}, account=ACCOUNT)
    (policy,) = stack.properties("DeploymentActionRole")["Policies"]
    statements: list[Any] = policy["PolicyDocument"]["Statement"]
    return statements


def test_the_app_synthesizes_with_the_qualifier_of_the_settings(project: Project) -> None:
    assert project.dev.qualifier == "tapdev"
    assert project.prod.qualifier == "hnb659fds"
    assert project.isolation.boundary_of(project.dev, ACCOUNT) == BOUNDARY
    assert project.isolation.boundary_of(project.prod, ACCOUNT) == ""


def test_all_measures_together_isolate(project: Project) -> None:
    assert project.isolation_gaps() == []
    requests = list(project.isolation.changes(project.prod, project.dev, ACCOUNT, BOUNDARY))
    services = {request.action.split(":")[0] for request in requests}
    assert services >= {"cloudformation", "dynamodb", "iam", "kms", "lambda", "s3", "sts"}


def test_the_default_qualifier_does_not_isolate(project: Project) -> None:
    shared = replace(project.dev, qualifier=project.prod.qualifier)
    (gap,) = project.isolation_gaps(dev=shared)
    assert gap.startswith("dev can change prod: its deployments use the CDK's roles cdk-hnb659fds")


def test_a_qualifier_of_production_alone_does_not_isolate(project: Project) -> None:
    dev, prod = replace(project.dev, qualifier="hnb659fds"), replace(project.prod, qualifier="tap")
    for stack in (dev, prod):
        assert project.isolation.isolation_gaps(Iam({}, {}), ACCOUNT, stack, [dev, prod], EXECUTION)


def test_another_region_does_not_isolate(project: Project) -> None:
    far = replace(project.dev, region="eu-west-1")
    assert project.isolation_gaps(dev=replace(far, qualifier=project.prod.qualifier))
    (gap,) = project.isolation_gaps(dev=far, deploys=statements_of(project.cdk_template(), far))
    assert "the CDK's role for its deployments may cloudformation:CreateChangeSet" in gap


def test_a_qualifier_alone_does_not_isolate(project: Project) -> None:
    cdk = statements_of(project.cdk_template(), project.dev)
    (gap,) = project.isolation_gaps(deploys=cdk, executes=[ADMINISTRATOR])
    assert "the CDK's role for its deployments may" in gap


def test_execution_policies_do_not_isolate_from_the_cdks_own_deploy_role(project: Project) -> None:
    cdk = statements_of(project.cdk_template(), project.dev)
    (gap,) = project.isolation_gaps(deploys=cdk)
    assert f"stack/{project.prod.name}/" in gap


def test_a_limited_deploy_role_does_not_isolate_without_execution_policies(
    project: Project,
) -> None:
    (gap,) = project.isolation_gaps(executes=[ADMINISTRATOR])
    assert "CloudFormation in its deployments may" in gap


WEAKER: dict[str, dict[str, Any]] = {
    "roles without a boundary": {"drop": NEW_ROLES, "add": {**NEW_ROLES, "Condition": {}}},
    "roles with any boundary": {
        "drop": NEW_ROLES,
        "add": {**NEW_ROLES, "Condition": {"Null": {"iam:PermissionsBoundary": "false"}}},
    },
    "boundaries may be removed": {
        "add": {**NEW_ROLES, "Action": "iam:DeleteRolePermissionsBoundary"}
    },
    "the boundary may be changed": {
        "add": {"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": BOUNDARY}
    },
    "users": {"add": {"Effect": "Allow", "Action": "iam:*User*", "Resource": "*"}},
    "all roles may be passed": {
        "add": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    },
    "all roles may be assumed": {
        "add": {"Effect": "Allow", "Action": "sts:*", "Resource": f"{IAM}:role/*"}
    },
    "tables of every name": {"add": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}},
    "everything but a tag": {
        "add": {
            **EVERYTHING,
            "Condition": {"StringNotEquals": {"aws:ResourceTag/Environment": "prod"}},
        }
    },
    "everything of the project's tag": {
        "add": {
            **EVERYTHING,
            "Condition": {"StringEquals": {"aws:ResourceTag/Project": "tap-service"}},
        }
    },
    "tags may be moved": {"drop": NEW_TAGGED, "add": {**NEW_TAGGED, "Action": "ec2:Create*"}},
    "all but one action": {"add": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}},
    "all but one resource": {
        "add": {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret"}
    },
    "a variable in a resource": {
        "add": {
            "Effect": "Allow",
            "Action": "sns:*",
            "Resource": f"arn:aws:sns:*:{ACCOUNT}:${{aws:PrincipalTag/stack}}-*",
        }
    },
    "assets of production": {
        "add": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::cdk-*"}
    },
}


@pytest.mark.parametrize("change", WEAKER.values(), ids=list(WEAKER))
def test_one_weaker_execution_policy_does_not_isolate(
    change: dict[str, Any], project: Project
) -> None:
    weaker = [each for each in RESTRICTED if each is not change.get("drop")] + [change["add"]]
    assert project.isolation_gaps({EXECUTION: weaker})


def test_a_boundary_that_allows_everything_does_not_isolate(project: Project) -> None:
    (gap,) = project.isolation_gaps({BOUNDARY: [EVERYTHING]})
    assert "a role under its permissions boundary may" in gap


def test_a_denial_isolates_only_if_it_certainly_covers_production(
    project: Project,
) -> None:
    isolation = project.isolation
    request = isolation.Request("dynamodb:DeleteTable", f"arn:aws:dynamodb:x:{ACCOUNT}:table/p", {})
    deny = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    assert isolation.permits([EVERYTHING], request)
    assert not isolation.permits([EVERYTHING, deny], request)
    perhaps = {**deny, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "other"}}}
    assert isolation.permits([EVERYTHING, perhaps], request)


def test_an_environment_that_is_not_bootstrapped_yet_changes_nothing(project: Project) -> None:
    known = Iam({BOUNDARY: [OWN_RESOURCES]}, {})
    both = [project.dev, project.prod]
    assert project.isolation.isolation_gaps(known, ACCOUNT, project.prod, both, None) == []


@pytest.mark.parametrize(
    ("given", "last", "isolated"),
    [
        (EXECUTION, None, True),
        (f"{EXECUTION},{ADMINISTRATOR}", None, False),
        (None, None, False),
        (None, EXECUTION, True),
        (None, ADMINISTRATOR, False),
        (EXECUTION, ADMINISTRATOR, True),
    ],
)
def test_the_policies_of_this_bootstrap_are_checked_before_it_acts(
    given: str | None, last: str | None, isolated: bool, project: Project
) -> None:
    role = f"cdk-tapdev-cfn-exec-role-{ACCOUNT}-us-east-1"
    roles: dict[str, Any] = {role: ([], [last])} if last else {}
    known = Iam({EXECUTION: RESTRICTED, BOUNDARY: [OWN_RESOURCES]}, roles)
    both = [project.dev, project.prod]
    gaps = project.isolation.isolation_gaps(known, ACCOUNT, project.dev, both, given)
    assert (gaps == []) is isolated


@pytest.mark.parametrize(
    ("dev", "prod", "shares"),
    [
        (None, None, True),
        (ACCOUNT, ACCOUNT, True),
        (None, ACCOUNT, True),
        ("444455556666", None, False),
        (ACCOUNT, "444455556666", False),
        ("444455556666", ACCOUNT, False),
    ],
)
def test_accounts_are_shared_by_the_settings_or_by_the_caller(
    dev: str | None, prod: str | None, shares: bool, project: Project
) -> None:
    found = [replace(project.dev, account=dev), replace(project.prod, account=prod)]
    production, others = project.isolation.shared(found, ACCOUNT)
    assert (bool(production), bool(others)) == (shares, shares)


def test_the_written_bootstrap_template_deploys_one_stack(project: Project, tmp_path: Path) -> None:
    file = project.toolkit.write_template(project.dev, ACCOUNT, tmp_path)
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    statements = statements_of(written, project.dev)
    own = project.toolkit.stack_arn(project.dev.name, project.dev, ACCOUNT).replace("*", "id")
    request = project.isolation.Request
    assert project.isolation.permits(statements, request("cloudformation:UpdateStack", own, {}))
    for other in ("-prod", "-dev2", "-dev-pipeline"):
        asked = request("cloudformation:UpdateStack", own.replace("-dev", other), {})
        assert not project.isolation.permits(statements, asked)
    assert project.isolation_gaps(deploys=statements) == []


def test_the_written_bootstrap_template_differs_from_the_cdks_in_that_role_alone(
    project: Project, tmp_path: Path
) -> None:
    file = project.toolkit.write_template(project.dev, ACCOUNT, tmp_path)
    written, cdk = yaml.safe_load(file.read_text(encoding="utf-8")), project.cdk_template()
    (policy,) = written["Resources"]["DeploymentActionRole"]["Properties"]["Policies"]
    (own,) = cdk["Resources"]["DeploymentActionRole"]["Properties"]["Policies"]
    limited = actions_of(policy["PolicyDocument"]["Statement"])
    assert limited < actions_of(own["PolicyDocument"]["Statement"])
    policy["PolicyDocument"] = own["PolicyDocument"]
    variant = written["Parameters"]["BootstrapVariant"]
    assert variant["Default"] == "Deploys tap-service-dev only"
    variant["Default"] = cdk["Parameters"]["BootstrapVariant"]["Default"]
    assert written == cdk


def actions_of(statements: list[Any]) -> set[str]:
    return {
        action
        for each in copy.deepcopy(statements)
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }


def test_the_cdk_cli_is_given_the_qualifier_its_own_stack_and_the_template(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    class Done:
        returncode = 0

    def run(command: list[str], **_: Any) -> Done:
        commands.append(command)
        return Done()

    monkeypatch.setattr(project.toolkit.subprocess, "run", run)
    monkeypatch.setattr(project.toolkit, "ROOT", tmp_path)
    project.toolkit.bootstrap(project.dev, ACCOUNT, EXECUTION)
    project.toolkit.bootstrap(project.prod, ACCOUNT, None)
    dev, prod = (" ".join(command) for command in commands)
    assert "--qualifier tapdev --toolkit-stack-name CDKToolkit-tapdev --template" in dev
    assert f"--cloudformation-execution-policies {EXECUTION}" in dev
    assert re.search(r"--template \S+/bootstrap-dev\.yaml", dev)
    assert f"cdk bootstrap aws://{ACCOUNT}/us-east-1 --app" in prod
