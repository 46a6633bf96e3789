"""The scheduled pipelines open a request for what `make update` and `make lock` change."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Bake
from tests.lifecycle.conftest import commit, git

STUB = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
case "$(basename "$0") $*" in
"gh pr view"*) echo "$STATE" ;;
"make update"*) echo "Notes of the release." && echo changed >>file.txt && exit "$STATUS" ;;
"make lock"*) echo "aws-cdk-lib is newer now" && echo changed >>file.txt && exit "$STATUS" ;;
esac
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a clone whose commands make and gh are recorded in calls.txt."""
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    (clone / ".gitignore").write_text("build/\n", encoding="utf-8")
    (clone / "file.txt").write_text("start\n", encoding="utf-8")
    git(clone, "switch", "--quiet", "--create", "main")
    commit(clone, "start")
    git(clone, "push", "--quiet", "origin", "main")
    for name in ("make", "gh"):
        stub = tmp_path / "bin" / name
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(STUB, encoding="utf-8")
        stub.chmod(0o755)
    return clone


def run(repository: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub and GitLab do: stop at the first command that fails."""
    root = repository.parent
    environment = {
        "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(root / "calls.txt"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "STATE": "",
        "STATUS": "0",
        **variables,
    }
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def calls(repository: Path) -> str:
    return (repository.parent / "calls.txt").read_text(encoding="utf-8")


def github(bake: Bake, what: str) -> tuple[str, str]:
    """Return the scripts of the workflow's job: the update, and the pull request."""
    file = bake(ci="github") / ".github" / "workflows" / "update.yml"
    job: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]["update"]
    (chosen,) = [each for each in job["strategy"]["matrix"]["include"] if each["what"] == what]
    scripts = {step.get("name"): step.get("run", "") for step in job["steps"]}
    filled = []
    for name in ("Update", "Open a pull request"):
        script = scripts[name]
        for key, value in chosen.items():
            script = script.replace(f"${{{{ matrix.{key} }}}}", value)
        assert "${{" not in script
        filled.append(script)
    return filled[0], filled[1]


@pytest.mark.parametrize("what", ["template", "packages"])
@pytest.mark.parametrize("state", ["", "OPEN", "MERGED"])
def test_github_opens_or_updates_a_pull_request(
    bake: Bake, repository: Path, what: str, state: str
) -> None:
    update, request = github(bake, what)
    assert run(repository, update).returncode == 0
    page = {"template": "build/update.md", "packages": "build/packages.md"}[what]
    variables = {"BRANCH": f"update-{what}", "PAGE": page, "CHECK": "success", "STATE": state}
    done = run(repository, request, **variables)
    assert done.returncode == 0, done.stderr
    assert f"refs/heads/update-{what}" in git(repository, "ls-remote", "origin")
    expected = "gh pr edit" if state == "OPEN" else "gh pr create"
    assert expected in calls(repository)
    text = (repository / page).read_text(encoding="utf-8")
    assert text.rstrip().endswith("`make check`: success")
    assert {"template": "Notes", "packages": "aws-cdk-lib"}[what] in text


def test_a_conflict_is_in_the_request_and_a_failure_is_not(bake: Bake, repository: Path) -> None:
    update, request = github(bake, "template")
    assert run(repository, update, STATUS="1").returncode == 0
    git(repository, "checkout", "--quiet", ".")
    failing = update.replace("make update ARGS=--yes", "sh -c 'exit 2'")
    assert run(repository, failing).returncode == 2
    nothing = {"BRANCH": "update-template", "PAGE": "build/update.md", "CHECK": "success"}
    assert run(repository, request, **nothing).returncode == 0
    assert "update-template" not in git(repository, "ls-remote", "origin")


def test_gitlab_pushes_a_branch_with_a_merge_request(bake: Bake, repository: Path) -> None:
    file = bake(ci="gitlab") / ".gitlab-ci.yml"
    job = yaml.safe_load(file.read_text(encoding="utf-8"))["update"]
    assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    script = "\n".join(job["script"])
    address = '"https://oauth2:$UPDATE_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git"'
    assert address in script
    git(repository.parent / "origin.git", "config", "receive.advertisePushOptions", "true")
    for entry in job["parallel"]["matrix"]:
        done = run(
            repository,
            script.replace(address, "origin"),
            **entry,
            GITLAB_USER_NAME="a",
            GITLAB_USER_EMAIL="a@example.com",
        )
        assert done.returncode == 0, done.stderr
        assert f"refs/heads/update-{entry['WHAT']}" in git(repository, "ls-remote", "origin")
        git(repository, "switch", "--quiet", "main")
