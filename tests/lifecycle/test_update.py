"""`make update`: the project moves to another release, and the owner's edits stay."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT
from proof import cold_process, dependencies
from tests.lifecycle.conftest import commit, git

TOOLS = TEMPLATE_ROOT / ".cache" / "lifecycle"
PACKAGES = ("lifecycle", "local_extensions", "templates", "additions", "requirements", "hooks")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with this template as v1.0.0, and a later release v1.1.0."""
    root = tmp_path_factory.mktemp("template")
    for name in (*PACKAGES, PROJECT_FOLDER):
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
        shutil.copytree(TEMPLATE_ROOT / name, root / name, ignore=ignored)
    for name in ("cookiecutter.json", "CHANGELOG.md"):
        shutil.copy(TEMPLATE_ROOT / name, root)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, "first")
    git(root, "tag", "v1.0.0")
    project = root / PROJECT_FOLDER
    replace(project / "infra" / "topic.py", "An encrypted, TLS-only topic.", "A topic, TLS-only.")
    replace(project / "service" / "clients.py", "WAIT_SECONDS = 6", "WAIT_SECONDS = 5")
    replace(project / "docs" / "updating.md", "# Updating\n", "# Updating\n\nNew.\n")
    (project / "docs" / "new.md").write_text("# New\n", encoding="utf-8")
    replace(
        root / "CHANGELOG.md", "## Unreleased\n", "## 1.1.0\n\n- Topics are described.\n\n## Old\n"
    )
    commit(root, "second")
    git(root, "tag", "v1.1.0")
    return root


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} has no {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    """A project rendered from v1.0.0, with the tools of this checkout, in a folder of any name."""
    git(template, "switch", "--quiet", "--detach", "v1.0.0")
    arguments = ["--no-input", "--default-config", "-o", str(tmp_path), "verify=false"]
    subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(template), *arguments],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    git(template, "switch", "--quiet", "main")
    folder = (tmp_path / "tap-service").rename(tmp_path / "any-name")
    dependencies.link(folder, "3.14")
    (folder / ".venv").symlink_to(sys.prefix)
    cli = cold_process.cdk_cli(folder)
    (folder / "node_modules").symlink_to(cli.parents[2])
    git(folder, "init", "--quiet")
    # The links are not folders, which .gitignore names.
    (folder / ".git" / "info" / "exclude").write_text(".venv\nnode_modules\n", encoding="utf-8")
    commit(folder)
    return folder


def run(project: Path, command: str, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run a command of the template as make does; return its exit code and output."""
    environment = cold_process.environment() | {"XDG_CACHE_HOME": str(project.parent / "cache")}
    cache = project.parent / "cache" / "tap-template"
    if not cache.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        cache.mkdir(parents=True)
        (cache / "tools").symlink_to(TOOLS)
    done = subprocess.run(
        [sys.executable, "-m", "tap_project.template", command, *arguments],
        cwd=project,
        env=environment | variables,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_project_with_edits_and_additions_is_updated(project: Path, template: Path) -> None:
    status, output = run(project, "add", "--what=topic", "--name=news")
    assert status == 0, output
    replace(project / "service" / "clients.py", "ATTEMPTS = 2", "ATTEMPTS = 3  # mine")
    replace(
        project / "infra" / "stack.py", "        bucket = ", "        # mine\n        bucket = "
    )
    commit(project)
    status, output = run(project, "update")
    assert status == 0, output
    assert "Topics are described." in output
    assert "A topic, TLS-only." in (project / "infra" / "topic.py").read_text(encoding="utf-8")
    clients = (project / "service" / "clients.py").read_text(encoding="utf-8")
    assert "ATTEMPTS = 3  # mine" in clients
    assert "WAIT_SECONDS = 5" in clients
    stack = (project / "infra" / "stack.py").read_text(encoding="utf-8")
    assert "# mine" in stack
    assert 'Topic(self, "News")' in stack
    # The addition is in no rendering: the page is drawn from the stacks of the merged project.
    page = (project / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert '    News[["News<br/>topic"]]' in page.splitlines()
    assert (project / "docs" / "new.md").is_file()
    record = json.loads((project / ".cruft.json").read_text(encoding="utf-8"))
    assert record["commit"] == git(template, "rev-parse", "v1.1.0").strip()
    assert record["additions"] == [{"what": "topic", "name": "news"}]
    commit(project)
    status, output = run(project, "update")
    assert (status, output.strip()) == (
        0,
        f"The project is up to date: v1.1.0 is {record['commit'][:12]}.",
    )


def test_a_conflict_is_marked_as_git_does(project: Path) -> None:
    replace(project / "infra" / "topic.py", "An encrypted, TLS-only topic.", "My topic.")
    commit(project)
    status, output = run(project, "update", "--yes")
    assert status == 1
    assert "infra/topic.py has conflicts; edit it between <<<<<<< and >>>>>>>" in output
    text = (project / "infra" / "topic.py").read_text(encoding="utf-8")
    assert "<<<<<<< yours\n" in text
    assert "My topic." in text
    assert "A topic, TLS-only." in text
    assert "WAIT_SECONDS = 5" in (project / "service" / "clients.py").read_text(encoding="utf-8")


def test_commands_work_offline_after_the_first(project: Path, template: Path) -> None:
    assert run(project, "add")[0] == 0
    away = template.with_name("away")
    template.rename(away)
    try:
        assert run(project, "add", "--what=table", "--name=orders")[0] == 0
        commit(project)
        status, output = run(project, "update")
    finally:
        away.rename(template)
    assert status == 2
    assert "can't be fetched" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ('{"template": "x", "commit": null}', "names no commit"),
        ("{", "can't be read"),
        ('{"template": "/nowhere", "commit": "abc"}', "/nowhere can't be fetched"),
    ],
)
def test_a_record_without_a_release_is_one_line(project: Path, state: str, message: str) -> None:
    (project / ".cruft.json").write_text(state, encoding="utf-8")
    status, output = run(project, "add")
    assert status == 2
    assert message in output
    assert "Traceback" not in output


def test_an_unknown_release_names_the_known_ones(project: Path) -> None:
    status, output = run(project, "update", "--to=v9.9.9")
    assert status == 2
    assert "no release 'v9.9.9'; try one of v1.0.0, v1.1.0" in output


def test_another_checkout_can_be_used(project: Path, tmp_path: Path) -> None:
    status, output = run(project, "add", TAP_TEMPLATE=str(tmp_path))
    assert (status, output.strip()) == (
        2,
        f"TAP_TEMPLATE={tmp_path} is no template; try: unset TAP_TEMPLATE",
    )
    assert run(project, "add", TAP_TEMPLATE=str(TEMPLATE_ROOT))[0] == 0
