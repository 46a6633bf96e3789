"""The pipeline's roles accept the tokens of one repository or project, and no others.

Tokens with the claims that GitHub and GitLab document are evaluated with the template that
`make bootstrap` deploys, with the parameters that it passes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from proof.simulation.resolved import Resolved
from tests.conftest import Bake
from tests.support.operations import imported

ACCOUNT = "111122223333"
GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"
# The claims of GitHub's tokens that AWS STS evaluates, besides `aud` and `sub`:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
EVALUATED = {"actor", "environment", "job_workflow_ref", "ref", "repository", "repository_id"}
REPOSITORY = {"full_name": "octo-org/orders", "id": 456789, "owner": {"id": 123456}}
PROJECT = {"path_with_namespace": "shop/orders", "id": 4711}


class Recorder:
    """A model of the CloudFormation and IAM calls of a bootstrap; records the deployment."""

    def __init__(self, parameters: Mapping[str, str] | None = None, providers: Any = ()) -> None:
        self.parameters = parameters
        self.providers = dict(providers)
        self.request: dict[str, Any] = {}

    def client(self, _: str) -> Recorder:
        return self

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        if self.parameters is None and not self.request:
            message = "Stack does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "Any")
        given = [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in (self.parameters or {}).items()
        ]
        stack = {"StackId": "id", "StackStatus": "CREATE_COMPLETE"}
        return {"Stacks": [{**stack, "Outputs": [], "Parameters": given}]}

    def create_stack(self, **request: Any) -> None:
        self.request = request

    update_stack = create_stack

    def get_waiter(self, _: str) -> Recorder:
        return self

    def wait(self, **_: str) -> None:
        assert self.request

    def get_paginator(self, _: str) -> Recorder:
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"StackResourceSummaries": []}]

    def list_open_id_connect_providers(self) -> dict[str, Any]:
        return {"OpenIDConnectProviderList": [{"Arn": arn} for arn in self.providers]}

    def get_open_id_connect_provider(self, OpenIDConnectProviderArn: str) -> dict[str, Any]:
        return {"ClientIDList": self.providers[OpenIDConnectProviderArn]}


@dataclass
class Pipeline:
    """The bootstrap of one rendered project."""

    project: Path
    ci: str
    pipeline: Any = field(init=False)
    identity: Any = field(init=False)
    holds: Any = field(init=False)
    stack: Any = field(init=False)

    def __post_init__(self) -> None:
        self.pipeline, self.identity, policy, assembly = imported(
            self.project,
            "tap_project.pipeline",
            f"tap_project.identity_{self.ci}",
            "tap_guardrails.policy",
            "tap_project.assembly",
        )
        self.holds = policy.holds
        self.stack = assembly.Stack(
            name="orders-dev",
            environment="dev",
            account=ACCOUNT,
            region="us-east-1",
            production=False,
            template=Path("unused.json"),
        )
        self.error = assembly.OperationError

    def trust(self, *arguments: str, last: Mapping[str, str] | None = None) -> Any:
        """Return the trust of a bootstrap with these options."""
        parser = argparse.ArgumentParser()
        self.identity.add_arguments(parser)
        return self.identity.trust_of(parser.parse_args(arguments), last or {})

    def roles(self, *arguments: str, last: Mapping[str, str] | None = None) -> Roles:
        """Deploy the roles as a bootstrap with these options does."""
        recorder = Recorder()
        self.pipeline.deploy_roles(recorder, self.stack, self.trust(*arguments, last=last))
        given = {
            each["ParameterKey"]: each["ParameterValue"] for each in recorder.request["Parameters"]
        }
        stack = Resolved(recorder.request["TemplateBody"], given, account=ACCOUNT)
        return Roles(stack, given, self.holds)


@dataclass
class Roles:
    """The two roles and the identity provider that a bootstrap deployed."""

    stack: Resolved
    parameters: Mapping[str, str]
    holds: Callable[[Any, Mapping[str, str]], bool]

    def accept(self, role: str, token: Mapping[str, str]) -> bool:
        """Return whether AWS STS accepts a token for a role."""
        provider = self.stack.properties("Provider")
        if token["iss"] != provider["Url"] or token["aud"] not in provider["ClientIdList"]:
            return False
        (statement,) = self.stack.properties(role)["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Principal"] == {"Federated": "ref:Provider"}
        prefix = token["iss"].removeprefix("https://")
        claims = {"aud", "sub"} | (EVALUATED if token["iss"] == GITHUB else set())
        context = {f"{prefix}:{name}": token[name] for name in claims & token.keys()}
        conditions = {
            operator: {
                key: tuple(values) if isinstance(values, list) else (values,)
                for key, values in tests.items()
            }
            for operator, tests in statement["Condition"].items()
        }
        subjects = f"{prefix}:sub"
        assert any(subjects in tests for tests in conditions.values()), "no subject is tested"
        return self.holds(conditions, context)


@pytest.fixture(scope="module")
def github(bake: Bake) -> Pipeline:
    return Pipeline(bake(ci="github"), "github")


@pytest.fixture(scope="module")
def gitlab(bake: Bake) -> Pipeline:
    return Pipeline(bake(ci="gitlab"), "gitlab")


@pytest.fixture(autouse=True)
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH: neither gh nor glab is installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def answer(folder: Path, tool: str, answers: Mapping[str, Any]) -> None:
    """Install a gh or glab that answers these API paths, and logs its calls."""
    cases = "".join(
        f"*' {path}') cat <<'END'\n{json.dumps(response)}\nEND\n;;\n"
        for path, response in answers.items()
    )
    script = folder / tool
    script.write_text(
        f'#!/bin/sh\nPATH=/usr/bin:/bin\necho "$*" >>{folder}/calls\ncase "$*" in\n{cases}'
        f"*) echo '{tool}: Not Found (HTTP 404)' >&2; exit 1;;\nesac\n",
        encoding="utf-8",
    )
    script.chmod(0o755)


def github_token(subject: str, **claims: str) -> dict[str, str]:
    given = {"iss": GITHUB, "aud": "sts.amazonaws.com", "repository_id": "456789"}
    return {**given, "sub": subject, **claims}


def gitlab_token(subject: str, **claims: str) -> dict[str, str]:
    return {"iss": GITLAB, "aud": GITLAB, "project_id": "4711", "sub": subject, **claims}


KNOWN = ("--repository=octo-org@123456/orders@456789",)
DEV, PULL = "environment:dev", "pull_request"
NAMED, NUMBERED = "repo:octo-org/orders", "repo:octo-org@123456/orders@456789"


@pytest.mark.parametrize("prefix", [NAMED, NUMBERED], ids=["without ids", "with ids"])
@pytest.mark.parametrize(("role", "context"), [("DeployRole", DEV), ("DiffRole", PULL)])
def test_both_subjects_of_the_repository_are_accepted(
    prefix: str, role: str, context: str, github: Pipeline
) -> None:
    assert github.roles(*KNOWN).accept(role, github_token(f"{prefix}:{context}"))


@pytest.mark.parametrize(
    ("subject", "claims"),
    [
        pytest.param("repo:octo-org@123456/orders@1:{}", {}, id="another repository's id"),
        pytest.param("repo:octo-org@1/orders@456789:{}", {}, id="another owner's id"),
        pytest.param("repo:octo-org@1/orders@2:{}", {"repository_id": "2"}, id="the name, reused"),
        pytest.param(f"{NAMED}:{{}}", {"repository_id": "2"}, id="the name, reused, without ids"),
        pytest.param("repo:other/orders:{}", {}, id="the name under another owner"),
        pytest.param("repo:other@1/orders@2:{}", {}, id="under another owner, with ids"),
        pytest.param("repo:octo-org/orders2:{}", {}, id="a longer name"),
        pytest.param("repo:octo-org@123456/orders@4567890:{}", {}, id="a longer id"),
        pytest.param("repo:octo-org/my-orders:{}", {}, id="a name that ends alike"),
        pytest.param("repo:my-octo-org/orders:{}", {}, id="an owner that ends alike"),
        pytest.param("repo:Octo-Org/orders:{}", {}, id="another case"),
        pytest.param(f"{NUMBERED}:{{}}", {"aud": "https://github.com/octo-org"}, id="audience"),
        pytest.param(f"{NUMBERED}:{{}}", {"iss": f"{GITHUB}/octo-org"}, id="enterprise's issuer"),
        pytest.param(f"{NUMBERED}:{{}}", {"iss": f"{GITHUB}.example.org"}, id="issuer alike"),
        pytest.param(f"{NUMBERED}:{{}}", {"iss": GITLAB, "aud": GITLAB}, id="another issuer"),
        pytest.param(f"{NUMBERED}:{{}}:job_workflow_ref:x", {}, id="a customized subject"),
    ],
)
@pytest.mark.parametrize(("role", "context"), [("DeployRole", DEV), ("DiffRole", PULL)])
def test_look_alikes_of_the_repository_are_rejected(
    subject: str, claims: dict[str, str], role: str, context: str, github: Pipeline
) -> None:
    assert not github.roles(*KNOWN).accept(role, github_token(subject.format(context), **claims))


@pytest.mark.parametrize("prefix", [NAMED, NUMBERED], ids=["without ids", "with ids"])
@pytest.mark.parametrize(
    ("role", "context"),
    [
        pytest.param("DeployRole", "environment:prod", id="another environment"),
        pytest.param("DeployRole", "environment:dev2", id="a longer environment"),
        pytest.param("DeployRole", "environment:Dev", id="another case"),
        pytest.param("DeployRole", PULL, id="a pull request, from a fork or not"),
        pytest.param("DeployRole", "ref:refs/heads/main", id="main without the environment"),
        pytest.param("DiffRole", DEV, id="a deployment"),
        pytest.param("DiffRole", "ref:refs/heads/main", id="a push"),
    ],
)
def test_other_jobs_of_the_repository_are_rejected(
    role: str, context: str, prefix: str, github: Pipeline
) -> None:
    assert not github.roles(*KNOWN).accept(role, github_token(f"{prefix}:{context}"))


def test_a_fork_that_has_the_environment_is_rejected(github: Pipeline) -> None:
    fork = {"repository_id": "31", "repository": "fork/orders"}
    roles = github.roles(*KNOWN)
    for subject in ("repo:fork/orders:environment:dev", "repo:fork@30/orders@31:environment:dev"):
        assert not roles.accept("DeployRole", github_token(subject, **fork))


def test_without_ids_only_the_name_is_trusted_with_a_notice(github: Pipeline) -> None:
    trust = github.trust("--repository=octo-org/orders")
    roles = github.roles("--repository=octo-org/orders")
    assert roles.accept("DeployRole", github_token(f"{NAMED}:{DEV}"))
    assert not roles.accept("DeployRole", github_token(f"{NUMBERED}:{DEV}"))
    assert "gh is not installed" in trust.warning
    assert "--owner-id=... --repository-id=..." in trust.warning


def test_every_trusted_subject_is_printed(github: Pipeline) -> None:
    trust, outputs = github.trust(*KNOWN), {"DeployRoleArn": "one", "DiffRoleArn": "two"}
    before = github.pipeline.explain(github.stack, ACCOUNT, trust, None)
    after = github.pipeline.next_steps(github.stack, trust, outputs)
    for response in (before, after):
        for line in (f"deploy  {NAMED}:{DEV}", f"diff    {NAMED}:{PULL}"):
            assert f"  {line}\n  {line.replace(NAMED, NUMBERED)}\n" in response
        assert "unknown" not in response


def test_ids_can_be_given_as_options(github: Pipeline) -> None:
    given = ("--repository=octo-org/orders", "--owner-id=123456", "--repository-id=456789")
    assert github.trust(*given) == github.trust(*KNOWN)


def test_ids_and_spelling_come_from_gh(github: Pipeline, tools: Path) -> None:
    answer(tools, "gh", {"repos/Octo-Org/orders": REPOSITORY})
    roles = github.roles("--repository=Octo-Org/orders")
    assert roles.accept("DeployRole", github_token(f"{NAMED}:{DEV}"))
    assert roles.accept("DeployRole", github_token(f"{NUMBERED}:{DEV}"))


def test_a_repository_that_gh_can_not_see_keeps_the_ids_of_the_last_bootstrap(
    github: Pipeline, tools: Path
) -> None:
    answer(tools, "gh", {})
    last = github.roles(*KNOWN).parameters
    trust = github.trust(last=last)
    assert (trust.repository, trust.repository_id) == ("octo-org/orders", "456789")
    assert (
        github.trust("--repository=octo-org/other", last=last).unknown == "gh: Not Found (HTTP 404)"
    )
    assert github.trust("--repository=octo-org/other", last=last).repository_id == ""


@pytest.mark.parametrize(
    ("response", "arguments", "message"),
    [
        ({"full_name": "octo-org/shop"}, (), "is now octo-org/shop; try ARGS=--repository="),
        ({"id": 1}, KNOWN, "is octo-org@123456/orders@1 on GitHub; try"),
    ],
    ids=["renamed", "other ids"],
)
def test_options_that_github_contradicts_are_rejected(
    response: dict[str, Any],
    arguments: tuple[str, ...],
    message: str,
    github: Pipeline,
    tools: Path,
) -> None:
    answer(tools, "gh", {"repos/octo-org/orders": {**REPOSITORY, **response}})
    with pytest.raises(github.error, match=message):
        github.trust(*(arguments or ("--repository=octo-org/orders",)))


@pytest.mark.parametrize(
    ("response", "rejected"),
    [
        ({"use_default": True, "sub_claim_prefix": NUMBERED}, False),
        ({"use_default": False, "include_claim_keys": ["repo", "context"]}, False),
        ({"use_default": False}, False),
        ({"use_default": False, "include_claim_keys": ["repo", "job_workflow_ref"]}, True),
    ],
    ids=["default", "default, spelled out", "the organization's, unset", "customized"],
)
def test_customized_subjects_are_rejected_with_the_command_that_restores_them(
    response: dict[str, Any], rejected: bool, github: Pipeline, tools: Path
) -> None:
    path = "repos/octo-org/orders/actions/oidc/customization/sub"
    answer(tools, "gh", {"repos/octo-org/orders": REPOSITORY, path: response})
    if rejected:
        with pytest.raises(github.error, match=r"\(repo, job_workflow_ref\).* -F use_default=true"):
            github.trust("--repository=octo-org/orders")
    else:
        assert github.trust("--repository=octo-org/orders").repository_id == "456789"


def test_a_template_of_the_organization_is_rejected_where_the_repository_takes_it_over(
    github: Pipeline, tools: Path
) -> None:
    customized = {"include_claim_keys": ["repo", "job_workflow_ref"]}
    answers = {
        "repos/octo-org/orders": REPOSITORY,
        "repos/octo-org/orders/actions/oidc/customization/sub": {"use_default": False},
        "orgs/octo-org/actions/oidc/customization/sub": customized,
    }
    answer(tools, "gh", answers)
    with pytest.raises(github.error, match=r"\(repo, job_workflow_ref\).* -F use_default=true"):
        github.trust("--repository=octo-org/orders")


@pytest.mark.parametrize(
    "option",
    ["--owner-id=9 --repository-id=8", "--owner-id=9", "--repository-id=8"],
)
def test_ids_that_contradict_those_in_the_path_are_rejected(option: str, github: Pipeline) -> None:
    with pytest.raises(github.error, match="is not the id in 'octo-org@123456/orders@456789'"):
        github.trust(*KNOWN, *option.split())


@pytest.mark.parametrize(
    "path", ["octo-org/.", "octo-org/..", "octo-org@1/..@2", "./orders", "../orders"]
)
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_folder_is_rejected_as_repository(
    ci: str, path: str, github: Pipeline, gitlab: Pipeline
) -> None:
    pipeline = {"github": github, "gitlab": gitlab}[ci]
    with pytest.raises(pipeline.error, match="is not"):
        pipeline.trust(f"--repository={path}")


@pytest.mark.parametrize("name", ["orders.", ".github", "...", "a..b"])
def test_dots_in_a_name_are_accepted(name: str, github: Pipeline, gitlab: Pipeline) -> None:
    assert github.trust(f"--repository=octo-org/{name}").repository == f"octo-org/{name}"
    assert gitlab.trust(f"--repository=octo-org/{name}").repository == f"octo-org/{name}"


@pytest.mark.parametrize(
    ("issuer", "host"),
    [
        (f"{GITHUB}/octo-corp", "github.com"),
        ("https://token.actions.octo-corp.ghe.com", "octo-corp.ghe.com"),
        ("https://token.actions.octo-corp.ghe.com/octo-corp", "octo-corp.ghe.com"),
        ("https://github.example.com/_services/token", "github.example.com"),
    ],
)
def test_another_issuer_of_github_is_the_only_one_trusted(
    issuer: str, host: str, github: Pipeline, tools: Path
) -> None:
    answer(tools, "gh", {"repos/octo-org/orders": REPOSITORY})
    roles = github.roles("--repository=octo-org/orders", f"--issuer={issuer}")
    token = github_token(f"{NAMED}:{DEV}", iss=issuer)
    assert roles.accept("DeployRole", token)
    assert not roles.accept("DeployRole", {**token, "iss": GITHUB})
    assert not roles.accept("DeployRole", {**token, "iss": "https://other.example.com"})
    assert f"--hostname {host} " in (tools / "calls").read_text(encoding="utf-8")
    assert github.trust(last=roles.parameters).issuer == issuer


@pytest.mark.parametrize("server", ["github.com", "github.example.com"])
def test_reviewers_are_looked_up_on_the_server_that_runs_the_workflow(
    server: str, github: Pipeline, tools: Path
) -> None:
    text = (github.project / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["deploy-prod"]["steps"]
    (step,) = (each for each in steps if each.get("name") == "Require reviewers")
    gh = tools / "gh"
    gh.write_text(
        '#!/bin/sh\necho "$GH_HOST $*" >>calls\necho required_reviewers\n', encoding="utf-8"
    )
    gh.chmod(0o755)
    variables = {"GITHUB_SERVER_URL": f"https://{server}", "GITHUB_REPOSITORY": "octo-org/orders"}
    subprocess.run(
        ["/bin/bash", "-e", "-c", step["run"]],
        cwd=tools,
        env={"PATH": f"{tools}:/usr/bin:/bin", **variables},
        check=True,
    )
    called = (tools / "calls").read_text(encoding="utf-8")
    assert called.startswith(f"{server} api repos/octo-org/orders/environments/prod ")
    assert step["env"]["GH_ENTERPRISE_TOKEN"] == step["env"]["GH_TOKEN"]


@pytest.mark.parametrize("prefix", ["project_path:shop/orders", "project_id:4711"])
def test_main_of_the_project_deploys_and_every_branch_of_it_shows_a_diff(
    prefix: str, gitlab: Pipeline
) -> None:
    roles = gitlab.roles("--repository=shop/orders", "--project-id=4711")
    main, branch = (f"{prefix}:ref_type:branch:ref:{ref}" for ref in ("main", "fix/a-b"))
    assert roles.accept("DeployRole", gitlab_token(main))
    assert not roles.accept("DeployRole", gitlab_token(branch))
    assert roles.accept("DiffRole", gitlab_token(main))
    assert roles.accept("DiffRole", gitlab_token(branch))


@pytest.mark.parametrize(
    ("subject", "claims"),
    [
        pytest.param("project_path:other/orders:ref_type:branch:ref:main", {}, id="another group"),
        pytest.param("project_path:shop/orders2:ref_type:branch:ref:main", {}, id="longer name"),
        pytest.param("project_path:my/shop/orders:ref_type:branch:ref:main", {}, id="subgroup"),
        pytest.param("project_path:shop/orders/x:ref_type:branch:ref:main", {}, id="below"),
        pytest.param("project_path:fork/orders:ref_type:branch:ref:main", {}, id="a fork's main"),
        pytest.param("project_id:47110:ref_type:branch:ref:main", {}, id="a longer id"),
        pytest.param("project_id:1:ref_type:branch:ref:main", {}, id="another id"),
        pytest.param("project_path:shop/orders:ref_type:tag:ref:main", {}, id="a tag"),
        pytest.param(
            "project_path:shop/orders:ref_type:branch:ref:main", {"aud": "vault"}, id="audience"
        ),
        pytest.param(
            "project_path:shop/orders:ref_type:branch:ref:main",
            {"iss": "https://gitlab.example.com"},
            id="another instance",
        ),
        pytest.param(
            "project_path:shop/orders:ref_type:branch:ref:main", {"iss": GITHUB}, id="GitHub"
        ),
    ],
)
@pytest.mark.parametrize("role", ["DeployRole", "DiffRole"])
def test_look_alikes_of_the_project_are_rejected(
    subject: str, claims: dict[str, str], role: str, gitlab: Pipeline
) -> None:
    roles = gitlab.roles("--repository=shop/orders", "--project-id=4711")
    assert not roles.accept(role, gitlab_token(subject, **claims))


@pytest.mark.parametrize("ref", ["main2", "a/main", "mai", "Main", "*"])
def test_a_branch_like_main_does_not_deploy(ref: str, gitlab: Pipeline) -> None:
    roles = gitlab.roles("--repository=shop/orders", "--project-id=4711")
    subject = f"project_path:shop/orders:ref_type:branch:ref:{ref}"
    assert not roles.accept("DeployRole", gitlab_token(subject))


@pytest.mark.parametrize("issuer", ["https://gitlab.example.com", "https://example.com/gitlab"])
def test_a_self_managed_gitlab_is_the_only_one_trusted(issuer: str, gitlab: Pipeline) -> None:
    roles = gitlab.roles("--repository=shop/orders", f"--issuer={issuer}")
    token = gitlab_token(
        "project_path:shop/orders:ref_type:branch:ref:main", iss=issuer, aud=issuer
    )
    assert roles.accept("DeployRole", token)
    assert not roles.accept("DeployRole", {**token, "iss": GITLAB, "aud": GITLAB})
    assert not roles.accept("DeployRole", {**token, "aud": GITLAB})
    assert gitlab.trust(last=roles.parameters).issuer == issuer


def test_the_project_id_comes_from_glab(gitlab: Pipeline, tools: Path) -> None:
    answer(tools, "glab", {"projects/shop%2Forders": PROJECT})
    assert gitlab.trust("--repository=shop/orders").project_id == "4711"
    customized = {**PROJECT, "ci_id_token_sub_claim_components": ["project_path", "environment"]}
    answer(tools, "glab", {"projects/shop%2Forders": customized})
    with pytest.raises(gitlab.error, match=r"\(project_path, environment\).*\[\]=project_id"):
        gitlab.trust("--repository=shop/orders")


def test_without_the_project_id_only_the_path_is_trusted_with_a_notice(
    gitlab: Pipeline,
) -> None:
    trust = gitlab.trust("--repository=shop/orders")
    assert trust.subjects("dev") == [
        ("deploy", "project_path:shop/orders:ref_type:branch:ref:main"),
        ("diff", "project_path:shop/orders:ref_type:branch:ref:*"),
    ]
    assert "glab is not installed" in trust.warning
    assert "--project-id=..." in trust.warning


def test_the_audience_in_the_pipeline_is_the_gitlab_instance(gitlab: Pipeline) -> None:
    text = (gitlab.project / ".gitlab-ci.yml").read_text(encoding="utf-8")
    assert "aud: $CI_SERVER_URL" in text
    assert "gitlab.com" not in text


@pytest.mark.parametrize(
    ("ci", "arguments", "message"),
    [
        ("github", "", "repository None is not OWNER/NAME"),
        ("github", "--repository=octo-org/*", r"'octo-org/\*' is not OWNER/NAME"),
        ("github", "--repository=orders", "'orders' is not OWNER/NAME; try: make bootstrap"),
        ("github", "--repository=octo-org@x/orders@2", "is not OWNER/NAME"),
        ("github", "--repository=o/r --owner-id=x --repository-id=2", "--owner-id 'x' is not a"),
        ("github", "--repository=o/r --owner-id=1 --repository-id=2x", "--repository-id '2x' is"),
        ("github", "--repository=o/r --owner-id=1", "both ids or none"),
        ("github", "--repository=o@1/r", "both ids or none"),
        ("github", "--repository=o/r --issuer=http://github.example.com", "_services/token for"),
        (
            "github",
            "--repository=o/r --issuer=https://*.example.com/_services/token",
            "not an issuer of",
        ),
        ("github", "--repository=o/r --issuer=https://h:8443/_services/token", "https://h/_serv"),
        ("gitlab", "", "repository None is not a path"),
        ("gitlab", "--repository=shop/*", r"'shop/\*' is not a path such as 'group/name'"),
        ("gitlab", "--repository=shop/orders --project-id=abc", "--project-id 'abc' is not a"),
        ("gitlab", "--repository=shop/orders --issuer=http://git.example.com", "try --issuer=http"),
        ("gitlab", "--repository=shop/orders --issuer=https://*", "without port and final slash"),
        ("gitlab", "--repository=shop/orders --issuer=https://g.example.com:8443", "=https://g.ex"),
        ("gitlab", "--repository=shop/orders --issuer=https://g.example.com/", "=https://g.exam"),
    ],
)
def test_invalid_options_are_rejected_in_one_line(
    ci: str, arguments: str, message: str, request: pytest.FixtureRequest
) -> None:
    pipeline: Pipeline = request.getfixturevalue(ci)
    with pytest.raises(pipeline.error, match=message) as error:
        pipeline.trust(*arguments.split())
    assert "\n" not in str(error.value)
    assert "try" in str(error.value)


@pytest.mark.parametrize("accepts", [True, False], ids=["accepts", "does not accept"])
def test_a_provider_of_the_account_has_to_accept_the_audience(
    accepts: bool, github: Pipeline
) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    look_alike = f"{arn}/octo-corp"
    audiences = ["sts.amazonaws.com" if accepts else "other"]
    recorder = Recorder(providers={look_alike: ["other"], arn: audiences})
    if accepts:
        github.pipeline.deploy_roles(recorder, github.stack, github.trust(*KNOWN))
        parameters = recorder.request["Parameters"]
        assert {"ParameterKey": "ProviderArn", "ParameterValue": arn} in parameters
    else:
        with pytest.raises(github.error, match="try: aws iam add-client-id-to-open-id-connect"):
            github.pipeline.deploy_roles(recorder, github.stack, github.trust(*KNOWN))
        assert not recorder.request
