"""The GitHub repository that AWS trusts, by the subject of its identity tokens.

Subjects name the repository with or without ids, depending on its age and its settings; a role
trusts both forms of one repository, exactly
(https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims).
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

from tap_project.assembly import OperationError, Stack
from tap_project.repository import environment_of

TEMPLATE = Path(__file__).with_name("pipeline_role_github.yaml")
ISSUER = "https://token.actions.githubusercontent.com"
SERVER = "/_services/token"
REPOSITORY = re.compile(
    r"(?P<owner>[\w-]+)(@(?P<owner_id>\d+))?"
    r"/(?P<name>(?!\.\.?(@|$))[\w.-]+)(@(?P<repository_id>\d+))?",
    re.ASCII,
)
# Of GitHub.com, of one enterprise there, of GHE.com, and of GitHub Enterprise Server.
ISSUERS = re.compile(
    r"https://(token\.actions\.githubusercontent\.com(/[a-z0-9-]+)?"
    r"|token\.actions\.(?P<tenant>[a-z0-9-]+\.ghe\.com)(/[a-z0-9-]+)?"
    rf"|(?P<server>[a-z0-9]([a-z0-9.-]*[a-z0-9])?){SERVER})",
    re.ASCII,
)
# The claims of GitHub's own subjects, as a customized template would list them.
DEFAULT_CLAIMS = ["repo", "context"]
TIMEOUT_SECONDS = 30


class _UnknownError(Exception):
    """GitHub could not be queried; the text is the reason."""


@dataclass(frozen=True, kw_only=True)
class Trust:
    """One repository on GitHub, and the issuer of its tokens.

    Args:
        issuer: URL of the issuer, which is the token's `iss`.
        owner: user or organization.
        name: name of the repository.
        owner_id: GitHub's number of the owner, or empty if unknown.
        repository_id: GitHub's number of the repository, or empty if unknown.
        unknown: why the ids are unknown.
    """

    issuer: str
    owner: str
    name: str
    owner_id: str = ""
    repository_id: str = ""
    unknown: str = ""

    @property
    def repository(self) -> str:
        """The repository as OWNER/NAME."""
        return f"{self.owner}/{self.name}"

    @property
    def provider(self) -> str:
        """The issuer without its scheme, as ARNs and condition keys name it."""
        return self.issuer.removeprefix("https://")

    @property
    def host(self) -> str:
        """The host of GitHub's website and API."""
        issuer = ISSUERS.fullmatch(self.issuer)
        return (issuer and (issuer["tenant"] or issuer["server"])) or "github.com"

    @property
    def template(self) -> str:
        """The template of the roles; CloudFormation can't compute the names of condition keys."""
        text = TEMPLATE.read_text(encoding="utf-8")
        return text.replace(ISSUER.removeprefix("https://"), self.provider)

    @property
    def parameters(self) -> dict[str, str]:
        """The template parameters of the trusted repository."""
        return {
            "Owner": self.owner,
            "OwnerId": self.owner_id,
            "RepositoryName": self.name,
            "RepositoryId": self.repository_id,
        }

    def deployment(self, stack: Stack) -> dict[str, str]:
        """Return the template parameters of the environment's jobs."""
        return {"GitHubEnvironment": environment_of(stack)}

    def audience(self, region: str) -> str:
        """Return the audience of the tokens for a Region (the `audience` of the workflows)."""
        return "sts.amazonaws.com.cn" if region.startswith("cn-") else "sts.amazonaws.com"

    def subjects(self, environment: str) -> list[tuple[str, str]]:
        """Return every subject that a role of an environment trusts, with the role's purpose."""
        prefixes = [f"repo:{self.owner}/{self.name}"]
        if self.repository_id:
            prefixes.append(f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.repository_id}")
        contexts = {"deploy": f"environment:{environment}", "diff": "pull_request"}
        return [
            (purpose, f"{prefix}:{context}")
            for purpose, context in contexts.items()
            for prefix in prefixes
        ]

    @property
    def warning(self) -> str:
        """The consequence of unknown ids, and the text to type; or empty."""
        if self.repository_id or self.issuer.endswith(SERVER):
            return ""
        return f"""\
The ids of {self.repository} are unknown ({self.unknown}), so only subjects without ids are trusted.
A repository that was created, renamed or transferred after 15 July 2026 sends ids, and AWS rejects
its pipeline. To trust both: gh api repos/{self.repository} --jq '.owner.id, .id' and then
ARGS='--repository={self.repository} --owner-id=... --repository-id=...'
"""

    def roles(self, stack: Stack) -> str:
        """Return who can assume the roles, and their permissions."""
        return f"""\
GitHub Actions of {self.repository}
     can assume:
       deploy  in jobs of the environment {environment_of(stack)!r}; it can assume the CDK's
               roles for deployments, publishing assets and lookups, and nothing else;
       diff    in pull requests; it can read the CloudFormation data of
               {stack.name}, and no data."""

    def protection(self, stack: Stack) -> str:
        """Return the settings that keep others from deploying."""
        reviewers = (
            "\n  add required reviewers (if your plan has none: docs/operations.md, Deploy)"
            if stack.production
            else ""
        )
        return f"""\
Under Settings > Environments of {self.repository}:
  make the environment {environment_of(stack)!r}
  let only the branch main deploy to it, or anyone who can push a branch can deploy{reviewers}"""

    def variables(self, stack: Stack, diff: str, outputs: dict[str, str]) -> str:
        """Return the commands that set the variables of the roles on GitHub."""
        repository = f"--repo {self.host}/{self.repository}"
        return f"""\
Set the variables for GitHub (or under Settings > Environments and Settings > Variables):
  gh variable set AWS_DEPLOY_ROLE {repository} \\
    --env {environment_of(stack)} --body {outputs["DeployRoleArn"]}
  gh variable set {diff} {repository} --body {outputs["DiffRoleArn"]}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the repository."""
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        help="the repository on GitHub (default: the value of the last bootstrap)",
    )
    parser.add_argument(
        "--owner-id", metavar="NUMBER", help="the owner's id (default: read with gh)"
    )
    parser.add_argument(
        "--repository-id",
        metavar="NUMBER",
        help="the repository's id (default: read with gh)",
    )
    parser.add_argument(
        "--issuer",
        metavar="URL",
        help="the issuer of the tokens, on GitHub Enterprise"
        f" (default: the value of the last bootstrap, or {ISSUER})",
    )


def trust_of(given: argparse.Namespace, last: Mapping[str, str]) -> Trust:
    """Return the trusted repository: from the options, GitHub, or the last bootstrap.

    Args:
        given: the options of `add_arguments`.
        last: the parameters of the stack that the last bootstrap deployed.

    Raises:
        OperationError: no such repository or issuer, or GitHub contradicts the options.
    """
    trust = _given(given, last)
    try:
        response = _ask(trust, f"repos/{trust.repository}")
    except _UnknownError as reason:
        same = (last.get("Owner"), last.get("RepositoryName")) == (trust.owner, trust.name)
        if not trust.repository_id and same:
            trust = replace(trust, owner_id=last["OwnerId"], repository_id=last["RepositoryId"])
        return replace(trust, unknown=str(reason))
    trust = _confirmed(trust, response)
    _reject_customized_subjects(trust)
    return trust


def _given(given: argparse.Namespace, last: Mapping[str, str]) -> Trust:
    remembered = f"{last['Owner']}/{last['RepositoryName']}" if "Owner" in last else None
    path = given.repository or remembered
    named = REPOSITORY.fullmatch(path or "")
    if named is None:
        raise OperationError(
            f"repository {path!r} is not OWNER/NAME; try:"
            " make bootstrap ENV=... ARGS=--repository=org/name"
        )
    for option in ("owner_id", "repository_id"):
        one, other = getattr(given, option), named[option]
        if one and other and one != other:
            raise OperationError(
                f"--{option.replace('_', '-')} {one!r} is not the id in {path!r}; try:"
                f" ARGS=--repository={path}"
            )
    ids = {
        "owner_id": given.owner_id or named["owner_id"] or "",
        "repository_id": given.repository_id or named["repository_id"] or "",
    }
    for option, number in ids.items():
        if number and not re.fullmatch(r"\d+", number, re.ASCII):
            option = option.replace("_", "-")
            raise OperationError(
                f"--{option} {number!r} is not a number; try:"
                f" gh api repos/{named['owner']}/{named['name']} --jq '.owner.id, .id'"
            )
    if bool(ids["owner_id"]) != bool(ids["repository_id"]):
        raise OperationError(
            "GitHub sends both ids or none; try:"
            " ARGS='--repository=org/name --owner-id=1 --repository-id=2'"
        )
    issuer = given.issuer or last.get("Issuer") or ISSUER
    if not ISSUERS.fullmatch(issuer):
        host = re.sub(r"^\w*:/*|[/:?#].*", "", issuer) or "github.example.com"
        raise OperationError(
            f"issuer {issuer!r} is not an issuer of GitHub; try {ISSUER}, or"
            f" https://{host}{SERVER} for GitHub Enterprise Server"
        )
    return Trust(issuer=issuer, owner=named["owner"], name=named["name"], **ids)


def _confirmed(trust: Trust, response: Mapping[str, Any]) -> Trust:
    """Return the trust with GitHub's spelling and ids, unless they contradict those given."""
    owner, _, name = str(response["full_name"]).partition("/")
    if (owner.lower(), name.lower()) != (trust.owner.lower(), trust.name.lower()):
        raise OperationError(
            f"{trust.repository!r} is now {owner}/{name}; try ARGS=--repository={owner}/{name}"
        )
    ids = {"owner_id": str(response["owner"]["id"]), "repository_id": str(response["id"])}
    if trust.repository_id and (trust.owner_id, trust.repository_id) != tuple(ids.values()):
        raise OperationError(
            f"{trust.owner}@{trust.owner_id}/{trust.name}@{trust.repository_id} is"
            f" {owner}@{ids['owner_id']}/{name}@{ids['repository_id']} on GitHub;"
            f" try ARGS=--repository={owner}/{name}"
        )
    return replace(trust, owner=owner, name=name, **ids)


def _reject_customized_subjects(trust: Trust) -> None:
    """Reject a repository whose subjects have claims other than GitHub's default.

    Raises:
        OperationError: the repository, or its organization, customized the subject.
    """
    path = f"repos/{trust.repository}/actions/oidc/customization/sub"
    try:
        response = _ask(trust, path)
    except _UnknownError:
        return
    claims = response.get("include_claim_keys") or _claims_of_organization(trust)
    if response.get("use_default") is False and claims != DEFAULT_CLAIMS:
        raise OperationError(
            f"the tokens of {trust.repository} have a customized subject ({', '.join(claims)}),"
            f" which the roles don't trust; try: gh api --method PUT {path} -F use_default=true"
        )


def _claims_of_organization(trust: Trust) -> list[str]:
    """Return the claims that apply to a repository without its own template.

    GitHub's own, where the owner is a person, or where the organization's can't be read
    (https://docs.github.com/en/rest/actions/oidc).
    """
    try:
        response = _ask(trust, f"orgs/{trust.owner}/actions/oidc/customization/sub")
    except _UnknownError:
        return DEFAULT_CLAIMS
    return list(response.get("include_claim_keys") or DEFAULT_CLAIMS)


def _ask(trust: Trust, path: str) -> dict[str, Any]:
    gh = shutil.which("gh")
    if gh is None:
        raise _UnknownError("gh is not installed")
    command = [gh, "api", "--hostname", trust.host, path]
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
        raise _UnknownError(f"gh: {lines[0].removeprefix('gh: ')}") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _UnknownError(f"gh: {type(error).__name__}") from error
    return response
