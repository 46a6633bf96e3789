"""The GitLab project that AWS trusts, by the subject of its identity tokens.

Subjects name the project by its path, or by its id where the project is configured so; a role
trusts both forms of one project, exactly
(https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload).
"""

import argparse
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tap_project.assembly import OperationError, Stack
from tap_project.repository import environment_of

TEMPLATE = Path(__file__).with_name("pipeline_role_gitlab.yaml")
ISSUER = "https://gitlab.com"
REPOSITORY = re.compile(r"(?!(.*/)?\.\.?(/|$))[\w.-]+(/[\w.-]+)+", re.ASCII)
# IAM takes no port, and compares the path as it is.
ISSUERS = re.compile(r"https://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(/[\w.-]+)*", re.ASCII)
CLAIMS = (["project_path", "ref_type", "ref"], ["project_id", "ref_type", "ref"])
TIMEOUT_SECONDS = 30


class _UnknownError(Exception):
    """GitLab could not be queried; the text is the reason."""


@dataclass(frozen=True, kw_only=True)
class Trust:
    """One project on GitLab, and the issuer of its tokens.

    Args:
        issuer: URL of the GitLab instance, which is the token's `iss` and its audience.
        repository: path of the project, with its groups.
        project_id: GitLab's number of the project, or empty if unknown.
        unknown: why the id is unknown.
    """

    issuer: str
    repository: str
    project_id: str = ""
    unknown: str = ""

    @property
    def provider(self) -> str:
        """The issuer without its scheme, as ARNs and condition keys name it."""
        return self.issuer.removeprefix("https://")

    @property
    def host(self) -> str:
        """The host of the GitLab instance."""
        return self.provider.partition("/")[0]

    @property
    def api_path(self) -> str:
        """The project in GitLab's API."""
        return f"projects/{quote(self.repository, safe='')}"

    @property
    def template(self) -> str:
        """The template of the roles; CloudFormation can't compute the names of condition keys."""
        text = TEMPLATE.read_text(encoding="utf-8")
        return text.replace(ISSUER.removeprefix("https://"), self.provider)

    @property
    def parameters(self) -> dict[str, str]:
        """The template parameters of the trusted project."""
        return {"Repository": self.repository, "ProjectId": self.project_id}

    def deployment(self, _: Stack) -> dict[str, str]:
        """Return no parameter: the tokens of GitLab's jobs name no environment that AWS checks."""
        return {}

    def audience(self, _: str) -> str:
        """Return the audience of the tokens, which .gitlab-ci.yml takes from CI_SERVER_URL."""
        return self.issuer

    def subjects(self, _: str) -> list[tuple[str, str]]:
        """Return every subject that a role trusts, `*` for any branch, with the role's purpose."""
        prefixes = [f"project_path:{self.repository}"]
        if self.project_id:
            prefixes.append(f"project_id:{self.project_id}")
        return [
            (purpose, f"{prefix}:ref_type:branch:ref:{branch}")
            for purpose, branch in (("deploy", "main"), ("diff", "*"))
            for prefix in prefixes
        ]

    @property
    def warning(self) -> str:
        """The consequence of an unknown id, and the text to type; or empty."""
        if self.project_id:
            return ""
        return f"""\
The id of {self.repository} is unknown ({self.unknown}), so only subjects with its path are trusted.
GitLab sends the id if the project is configured so, and issues no tokens with a path that
belonged to another project before. To trust both: glab api {self.api_path}, and its "id" in
ARGS='--repository={self.repository} --project-id=...'
"""

    def roles(self, stack: Stack) -> str:
        """Return who can assume the roles, and their permissions."""
        return f"""\
GitLab pipelines of {self.repository}
     can assume:
       deploy  on the branch main; it can assume the CDK's roles for deployments, publishing assets
               and lookups, and nothing else;
       diff    on every branch; it can read the CloudFormation data of
               {stack.name}, and no data."""

    def protection(self, _: Stack) -> str:
        """Return the settings that keep others from deploying."""
        return f"""\
Protect the branch main (Settings > Repository): anyone who can push to it can deploy.
Run no pipelines of forks in this project, where a fork's branch main counts as the project's:
  glab api --hostname {self.host} --method PUT {self.api_path} \\
    --field ci_allow_fork_pipelines_to_run_in_parent_project=false"""

    def variables(self, stack: Stack, diff: str, outputs: dict[str, str]) -> str:
        """Return the commands that set the variables of the roles on GitLab."""
        project = f"--repo {self.issuer}/{self.repository}"
        return f"""\
Set the variables for GitLab (or under Settings > CI/CD > Variables):
  glab variable set AWS_DEPLOY_ROLE {project} \\
    --scope {environment_of(stack)} {outputs["DeployRoleArn"]}
  glab variable set {diff} {project} {outputs["DiffRoleArn"]}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the project."""
    parser.add_argument(
        "--repository",
        metavar="GROUP/NAME",
        help="the project's path on GitLab (default: the value of the last bootstrap)",
    )
    parser.add_argument(
        "--project-id",
        metavar="NUMBER",
        help="the project's id (default: read with glab)",
    )
    parser.add_argument(
        "--issuer",
        metavar="URL",
        help="the GitLab instance, where it is self-managed"
        f" (default: the value of the last bootstrap, or {ISSUER})",
    )


def trust_of(given: argparse.Namespace, last: Mapping[str, str]) -> Trust:
    """Return the trusted project: from the options, GitLab, or the last bootstrap.

    Args:
        given: the options of `add_arguments`.
        last: the parameters of the stack that the last bootstrap deployed.

    Raises:
        OperationError: no such project or issuer, or GitLab contradicts the options.
    """
    trust = _given(given, last)
    try:
        response = _ask(trust)
    except _UnknownError as reason:
        if not trust.project_id and last.get("Repository") == trust.repository:
            trust = replace(trust, project_id=last.get("ProjectId", ""))
        return replace(trust, unknown=str(reason))
    return _confirmed(trust, response)


def _given(given: argparse.Namespace, last: Mapping[str, str]) -> Trust:
    repository: str | None = given.repository or last.get("Repository")
    if repository is None or not REPOSITORY.fullmatch(repository):
        raise OperationError(
            f"repository {repository!r} is not a path such as 'group/name'; try:"
            " make bootstrap ENV=... ARGS=--repository=group/name"
        )
    if given.project_id and not re.fullmatch(r"\d+", given.project_id, re.ASCII):
        raise OperationError(
            f"--project-id {given.project_id!r} is not a number; try the one under"
            " Settings > General of the project"
        )
    issuer = given.issuer or last.get("Issuer") or ISSUER
    if not ISSUERS.fullmatch(issuer):
        host = re.sub(r"^\w*:/*|[/:?#].*", "", issuer) or "gitlab.example.com"
        raise OperationError(
            f"issuer {issuer!r} is not https://HOST without port and final slash;"
            f" try --issuer=https://{host}"
        )
    return Trust(issuer=issuer, repository=repository, project_id=given.project_id or "")


def _confirmed(trust: Trust, response: Mapping[str, Any]) -> Trust:
    """Return the trust with GitLab's spelling and id, unless they contradict those given."""
    path, project_id = str(response["path_with_namespace"]), str(response["id"])
    if path.lower() != trust.repository.lower():
        raise OperationError(f"{trust.repository!r} is now {path}; try ARGS=--repository={path}")
    if trust.project_id not in ("", project_id):
        raise OperationError(
            f"--project-id {trust.project_id!r} is not {path}, which is {project_id} on GitLab;"
            f" try ARGS=--repository={path}"
        )
    claims = response.get("ci_id_token_sub_claim_components") or CLAIMS[0]
    if claims not in CLAIMS:
        raise OperationError(
            f"the tokens of {path} have a customized subject ({', '.join(claims)}), which the roles"
            f" don't trust; try: glab api --method PUT {trust.api_path}"
            + "".join(f" -F 'ci_id_token_sub_claim_components[]={claim}'" for claim in CLAIMS[1])
        )
    return replace(trust, repository=path, project_id=project_id)


def _ask(trust: Trust) -> dict[str, Any]:
    glab = shutil.which("glab")
    if glab is None:
        raise _UnknownError("glab is not installed")
    command = [glab, "api", "--hostname", trust.host, trust.api_path]
    try:
        # A list of the project's own making, and no shell (S603).
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
        response: dict[str, Any] = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        lines = str(error.stderr).strip().splitlines() or [f"status {error.returncode}"]
        raise _UnknownError(f"glab: {lines[0].removeprefix('glab: ')}") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _UnknownError(f"glab: {type(error).__name__}") from error
    return response
