"""A project in a folder of a repository: pipelines at its root, and the commands in the folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle import add
from proof import dependencies
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake
from tests.lifecycle.conftest import commit, git
from tests.support.operations import imported

FOLDER = "services/orders"
Monorepo = Callable[..., "Repository"]


class Repository:
    """A repository with a project in services/orders, and other files."""

    def __init__(self, root: Path) -> None:
        self.root, self.project = root, root / FOLDER

    def run(self, module: str, *arguments: str) -> int:
        """Run a module of the project in this process."""
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(self.project))
            (loaded,) = imported(self.project, f"tap_project.{module}")
            status: int = loaded.main(list(arguments))
        return status

    def read(self, file: str) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.load(
            (self.root / file).read_text(encoding="utf-8"), Loader=yaml.BaseLoader
        )
        return loaded


@pytest.fixture
def monorepo(bake: Bake, tmp_path: Path) -> Monorepo:
    """Return a function that commits a project into a repository."""

    def make(**answers: str | bool) -> Repository:
        root = tmp_path / "repository"
        shutil.copytree(bake(**answers), root / FOLDER)
        (root / "README.md").write_text("other\n", encoding="utf-8")
        git(root, "init", "--quiet")
        commit(root)
        return Repository(root)

    return make


def test_workflows_run_for_the_folder_only(monorepo: Monorepo) -> None:
    repository = monorepo()
    assert repository.run("pipelines") == 0
    names = sorted(file.name for file in (repository.root / ".github" / "workflows").iterdir())
    assert names == [f"tap-service-{name}.yml" for name in ("check", "deploy", "update")]
    for name, event in (("check", "pull_request"), ("deploy", "push")):
        file = f".github/workflows/tap-service-{name}.yml"
        workflow = repository.read(file)
        assert workflow["on"][event]["paths"] == [f"{FOLDER}/**", file]
        assert workflow["defaults"]["run"]["working-directory"] == FOLDER
        assert workflow["name"] == f"tap-service {name}"
    assert workflow["on"]["push"]["branches"] == ["main"]


def test_steps_before_the_checkout_need_no_folder(monorepo: Monorepo) -> None:
    repository = monorepo()
    repository.run("pipelines")
    early = late = 0
    for file in (repository.root / ".github" / "workflows").iterdir():
        for job in repository.read(f".github/workflows/{file.name}")["jobs"].values():
            out = False
            for step in job["steps"]:
                out = out or step.get("uses", "").startswith("actions/checkout@")
                if "run" in step:
                    assert step.get("working-directory") == (None if out else ".")
                    early, late = early + (not out), late + out
    assert early >= 3
    assert late >= 5


def test_names_of_other_projects_are_not_shared(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = monorepo()
    repository.run("pipelines")
    deploy = repository.read(".github/workflows/tap-service-deploy.yml")
    jobs = deploy["jobs"]
    assert jobs["deploy-prod"]["environment"] == "tap-service-prod"
    assert jobs["deploy-prod"]["concurrency"]["group"] == "tap-service-deploy-prod"
    scripts = " ".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    assert '/environments/tap-service-prod"' in scripts
    assert "gh workflow run tap-service-deploy.yml" in scripts
    assert "make deploy ENV=prod" in scripts
    capsys.readouterr()
    assert repository.run("environments", "--matrix") == 0
    assert '"AWS_DIFF_ROLE_TAP_SERVICE_DEV"' in capsys.readouterr().out


def test_caches_depend_on_the_folders_locks(monorepo: Monorepo) -> None:
    for manager, key in (("uv", "cache-dependency-glob"), ("pip", "cache-dependency-path")):
        repository = monorepo(package_manager=manager)
        repository.run("pipelines")
        jobs = repository.read(".github/workflows/tap-service-check.yml")["jobs"]
        found = [s["with"][key] for s in jobs["check"]["steps"] if key in s.get("with", {})]
        assert found == [f"{FOLDER}/requirements/*.txt"]
        shutil.rmtree(repository.root)


def test_the_roles_trust_the_environments_of_the_project(monorepo: Monorepo) -> None:
    repository = monorepo()
    assembly, identity, pipeline = imported(
        repository.project,
        "tap_project.assembly",
        "tap_project.identity_github",
        "tap_project.pipeline",
    )
    stack = assembly.Stack(
        name="tap-service-dev",
        environment="dev",
        account=None,
        region="us-east-1",
        production=False,
        template=Path("unused.json"),
    )
    trust = identity.Trust(issuer=identity.ISSUER, owner="org", name="tap")
    given = pipeline.parameters_of(stack, trust, boundary="", provider="")
    assert (given["Environment"], given["GitHubEnvironment"]) == ("dev", "tap-service-dev")
    assert "repo:org/tap:environment:tap-service-dev" in pipeline.trusted(stack, trust)
    text = pipeline.next_steps(stack, trust, {"DeployRoleArn": "a", "DiffRoleArn": "b"})
    assert "--env tap-service-dev" in text
    assert "gh variable set AWS_DIFF_ROLE_TAP_SERVICE_DEV" in text


def test_gitlab_starts_a_child_pipeline(
    monorepo: Monorepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = monorepo(ci="gitlab")
    assert repository.run("pipelines") == 0
    job = repository.read(".gitlab-ci.yml")["tap-service"]
    assert job["trigger"] == {"include": ".gitlab/tap-service.yml", "strategy": "depend"}
    assert job["rules"][1]["changes"] == [f"{FOLDER}/**/*", ".gitlab/tap-service.yml"]
    child = repository.read(".gitlab/tap-service.yml")
    assert "CI_PIPELINE_SOURCE" not in str(child)
    assert child["default"]["before_script"] == [f"cd {FOLDER}"]
    assert child[".aws"]["before_script"][0] == f"cd {FOLDER}"
    assert child["deploy-prod"]["environment"]["name"] == "tap-service-prod"
    assert child["deploy-prod"]["resource_group"] == "tap-service-prod"
    role = child["diff-dev"]["variables"]["ROLE_VARIABLE"]
    assert role == "AWS_DIFF_ROLE_TAP_SERVICE_DEV"
    assert child["deploy-dev"]["variables"]["ROLE_VARIABLE"] == "AWS_DEPLOY_ROLE"
    assert child["changes"]["artifacts"]["paths"] == [f"{FOLDER}/changes.md"]
    assert child["default"]["cache"]["key"]["files"][0] == f"{FOLDER}/requirements/synth.txt"
    (repository.root / ".gitlab-ci.yml").write_text("stages: [test]\n", encoding="utf-8")
    capsys.readouterr()
    assert repository.run("pipelines") == 0
    assert "Add to .gitlab-ci.yml at the root of the repository:\n\ntap-service:\n" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_stale_pipelines_are_found(
    monorepo: Monorepo, ci: str, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = monorepo(ci=ci)
    assert repository.run("pipelines", "--check") == 0
    assert "No pipeline runs for this folder" in capsys.readouterr().out
    repository.run("pipelines")
    capsys.readouterr()
    assert repository.run("pipelines", "--check") == 0
    source = {"github": ".github/workflows/check.yml", "gitlab": ".gitlab-ci.yml"}[ci]
    file = repository.project / source
    text = file.read_text(encoding="utf-8").replace("make check", "make check ARGS=x")
    file.write_text(text, encoding="utf-8")
    assert repository.run("pipelines", "--check") == 1
    assert capsys.readouterr().err.endswith(".yml is not up to date; try: make pipelines\n")
    repository.run("pipelines")
    assert repository.run("pipelines", "--check") == 0


def test_a_project_at_the_root_has_nothing_to_copy(
    bake: Bake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = Repository(tmp_path)
    repository.project = tmp_path / "project"
    shutil.copytree(bake(), repository.project)
    git(repository.project, "init", "--quiet")
    assert repository.run("pipelines") == 0
    assert "at the root of its repository" in capsys.readouterr().out
    assert not (tmp_path / ".github").exists()
    assert repository.run("pipelines", "--check") == 0
    assert repository.run("environments", "--matrix") == 0
    assert '"AWS_DIFF_ROLE_DEV"' in capsys.readouterr().out


def test_additions_and_changes_stay_in_the_folder(
    monorepo: Monorepo, warm_synth: WarmProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = monorepo()
    (repository.root / "README.md").write_text("edited\n", encoding="utf-8")
    arguments = ["--project", str(repository.project)]
    assert add.main([*arguments, "--what=table", "--name=orders"]) == 0
    changed = git(repository.root, "status", "--porcelain").splitlines()
    assert " M README.md" in changed
    others = [line[3:] for line in changed if line != " M README.md"]
    assert others
    assert all(name.startswith(f"{FOLDER}/") for name in others)
    assert add.main([*arguments, "--what=table", "--name=invoices"]) != 0
    assert "have uncommitted changes" in capsys.readouterr().err
    commit(repository.root)
    dependencies.link(repository.project, "3.14")
    template = (warm_synth(repository.project) / "tap-service-dev.template.json").read_text()
    assert "Orders" in template


def test_changes_compare_the_folder_with_its_base(
    monorepo: Monorepo, warm_synth: WarmProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = monorepo()
    base = git(repository.root, "rev-parse", "HEAD").strip()
    (found,) = imported(repository.project, "tap_project.changes.git")
    commit_found = found.find(base)
    assert commit_found.prefix == f"{FOLDER}/"
    target = repository.root.parent / "base"
    assert found.check_out(commit_found, target)
    assert (target / "cdk.json").is_file()
    assert not (target / "README.md").read_text(encoding="utf-8").startswith("other")
