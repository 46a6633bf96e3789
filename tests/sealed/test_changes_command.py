"""`make changes` compares a commit with the working tree, offline, wherever the project is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from proof import cold_process, dependencies
from proof.warm_kernel import WarmProcess
from tap_project import cost
from tap_project.assembly import OperationError
from tap_project.changes import __main__ as command
from tap_project.changes import comparison, git, synthesis
from tap_project.changes.report import TABLE
from tap_project.changes.specification import Specification
from tests.conftest import Bake
from tests.support import assemblies
from tests.support.changes import resource
from tests.support.operations import imported

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str = "change") -> str:
    run(folder, "add", "--all")
    run(folder, "commit", "--quiet", "--allow-empty", f"--message={message}")
    return run(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a project in its folder `service`, and one commit on main."""
    root = tmp_path / "repository"
    project = root / "service"
    project.mkdir(parents=True)
    run(root, "init", "--quiet", "--initial-branch=main")
    (root / ".gitattributes").write_text("*.md export-ignore\n", encoding="utf-8")
    (root / "other.txt").touch()
    (project / "cdk.json").write_text("{}", encoding="utf-8")
    (project / "page.md").write_text("one", encoding="utf-8")
    commit(root)
    return root


# The base


def test_the_base_is_the_last_common_commit(repository: Path) -> None:
    first = run(repository, "rev-parse", "HEAD")
    run(repository, "switch", "--quiet", "--create", "feature")
    commit(repository, "of the feature")
    run(repository, "switch", "--quiet", "main")
    commit(repository)
    run(repository, "switch", "--quiet", "feature")
    found = git.find("main", repository / "service")
    assert (found.name, found.sha, found.prefix) == ("main", first, "service/")
    assert str(found) == f"main ({first[:7]})"


def test_the_remote_branch_is_the_default(repository: Path, tmp_path: Path) -> None:
    assert git.find("", repository).name == "main"
    run(tmp_path, "clone", "--quiet", str(repository), "clone")
    assert git.find("", tmp_path / "clone").name == "origin/main"


def test_without_a_default_the_text_to_type_is_printed(repository: Path) -> None:
    run(repository, "branch", "--move", "trunk")
    with pytest.raises(OperationError, match=r"neither origin/main nor main .* BASE=HEAD~1"):
        git.find("", repository)


@pytest.mark.parametrize("name", ["nowhere", "--all", "main:service", "a b"])
def test_an_unknown_base_is_one_line(name: str, repository: Path) -> None:
    with pytest.raises(OperationError, match=rf"no commit '{name}' .*; try: git fetch"):
        git.find(name, repository)


def test_a_folder_outside_of_git_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="is in no git repository; try: git init"):
        git.find("", tmp_path)


def test_a_repository_without_a_commit_is_one_line(tmp_path: Path) -> None:
    run(tmp_path, "init", "--quiet")
    with pytest.raises(OperationError, match="no commit yet"):
        git.find("", tmp_path)


def test_a_machine_without_git_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationError, match="git is not installed"):
        git.find("", tmp_path)


def test_a_shallow_clone_without_the_base_is_one_line(repository: Path, tmp_path: Path) -> None:
    first = run(repository, "rev-parse", "HEAD")
    commit(repository)
    run(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "clone")
    with pytest.raises(OperationError, match=rf"shallow and lacks {first}; try: git fetch --unsh"):
        git.find(first, tmp_path / "clone")


def test_a_shallow_clone_with_the_base_is_enough(repository: Path, tmp_path: Path) -> None:
    """As on GitHub: the merge of a pull request, and its first parent."""
    run(repository, "switch", "--quiet", "--create", "feature")
    commit(repository, "of the feature")
    run(repository, "switch", "--quiet", "main")
    base = commit(repository)
    run(repository, "merge", "--quiet", "--no-edit", "feature")
    run(tmp_path, "clone", "--quiet", "--depth=2", f"file://{repository}", "clone")
    assert git.find("HEAD^1", tmp_path / "clone").sha == base


def test_the_projects_folder_is_checked_out_as_it_was(repository: Path, tmp_path: Path) -> None:
    project = repository / "service"
    base = git.find("main", project)
    (project / "page.md").write_text("two", encoding="utf-8")
    (project / "new.txt").touch()
    out = tmp_path / "base"
    assert git.check_out(base, out, project)
    assert (out / "page.md").read_text(encoding="utf-8") == "one"
    assert sorted(each.name for each in out.iterdir()) == ["cdk.json", "page.md"]
    assert run(repository, "status", "--porcelain").splitlines() == [
        "M service/page.md",
        "?? service/new.txt",
    ]


def test_a_base_without_the_project_is_found(repository: Path, tmp_path: Path) -> None:
    base = git.find("main", repository)
    assert not git.check_out(base, tmp_path / "base", repository)


# The synths


def test_the_base_has_the_layer_of_the_same_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, same, other = tmp_path / "ours", tmp_path / "same", tmp_path / "other"
    for folder, lock in ((ours, "a==1"), (same, "a==1"), (other, "a==2")):
        (folder / "requirements").mkdir(parents=True)
        (folder / synthesis.LAYER_LOCK).write_text(lock, encoding="utf-8")
    (ours / "build").mkdir()
    with zipfile.ZipFile(ours / synthesis.ARCHIVE, "w") as archive:
        archive.writestr("python/a.py", "")
    (ours / "build" / "dependencies.sha256").write_text("1234\n", encoding="utf-8")
    monkeypatch.setattr(synthesis, "ROOT", ours)
    for folder in (same, other):
        synthesis.provide_layer(folder)
    hashes = [folder / "build" / "dependencies.sha256" for folder in (ours, same, other)]
    first, second, third = (file.read_text(encoding="utf-8") for file in hashes)
    assert first == second
    assert len(third.strip()) == 64
    assert zipfile.is_zipfile(other / synthesis.ARCHIVE)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("lock", "recipe", "own", "noted"),
    [
        ("a==1", "@false", False, False),
        ("a==2", "@mkdir .venv", True, False),
        ("a==2", "@false", False, True),
    ],
    ids=["the same lock", "another lock", "another lock that can't be installed"],
)
def test_a_base_with_another_lock_has_its_own_packages(
    lock: str,
    recipe: str,
    own: bool,
    noted: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, base = tmp_path / "ours", tmp_path / "base"
    for folder, text in ((ours, "a==1"), (base, lock)):
        (folder / "requirements").mkdir(parents=True)
        (folder / synthesis.LOCK).write_text(text, encoding="utf-8")
    (base / "Makefile").write_text(f".venv/.synth:\n\t{recipe}\n", encoding="utf-8")
    monkeypatch.setattr(synthesis, "ROOT", ours)
    packages, notes = synthesis.base_packages(git.Commit("main", "1234567", ""), base)
    assert packages == (base / ".venv" if own else Path(sys.prefix))
    assert ["can't be installed" in note for note in notes] == [True] * noted


def test_an_app_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text('{"app": "echo broken >&2; false"}', encoding="utf-8")
    base = git.Commit("main", "1234567", "")
    with pytest.raises(OperationError, match=r"main \(1234567\) can't be synthesized: .*broken"):
        synthesis.synthesize_both(base, tmp_path, tmp_path / "out")


# The command


@pytest.fixture
def folders(
    tmp_path: Path, specification: Specification, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Return the folders of two assemblies; the second one lacks a table."""
    monkeypatch.setattr(comparison, "specification", lambda: specification)
    monkeypatch.setattr(command, "reasons", dict)
    monkeypatch.setattr(cost, "own_prices", dict)
    table = {"Table": resource("AWS::DynamoDB::Table")}
    before = assemblies.write(tmp_path / "before", tap_dev=assemblies.stack(table))
    after = assemblies.write(tmp_path / "after", tap_dev=assemblies.stack({}))
    return [str(before), str(after)]


def test_a_change_that_needs_a_reason_fails(
    folders: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--assemblies", *folders]) == 1
    assert "FAILS dev: Table (AWS::DynamoDB::Table) is deleted" in capsys.readouterr().out


def test_no_change_succeeds_in_one_line(
    folders: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--assemblies", folders[0], folders[0]]) == 0
    assert capsys.readouterr().out == f"No changes against {folders[0]}.\n"


def test_markdown_is_printed_or_written(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--assemblies", *folders, "--markdown"]) == 1
    printed = capsys.readouterr().out
    file = tmp_path / "changes.md"
    assert command.main(["--assemblies", *folders, f"--markdown={file}"]) == 1
    assert file.read_text(encoding="utf-8") == printed
    assert capsys.readouterr().out.startswith("Changes against ")
    assert printed.startswith("## Changes against ")


def test_what_can_t_be_compared_is_one_line(
    folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "changes.md"
    assert command.main(["--base=nowhere", f"--markdown={file}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("no commit 'nowhere'")
    assert error.count("\n") == 1
    assert file.read_text(encoding="utf-8").startswith("The change can't be compared: no commit")


# A rendered project


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def project(bake: Bake, tmp_path: Path) -> Path:
    """Return a rendered project, in a folder of a repository with one commit."""
    root = tmp_path / "monorepo"
    folder = root / "service"
    shutil.copytree(bake(), folder)
    run(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    dependencies.link(folder, "3.14")
    (folder / "node_modules").symlink_to(cold_process.cdk_cli(folder).parents[2])
    return folder


def test_a_commit_and_its_working_tree_are_the_same(
    project: Path, tmp_path: Path, warm_synth: WarmProcess
) -> None:
    git_, synthesis_, changes = imported(
        project,
        "tap_project.changes.git",
        "tap_project.changes.synthesis",
        "tap_project.changes",
    )
    base = tmp_path / "base"
    assert git_.check_out(git_.find("main", project), base, project)
    synthesis_.provide_layer(base)
    before, after = warm_synth(base, tmp_path / "before"), warm_synth(project, tmp_path / "after")
    report = changes.compare(before, after)
    assert report.text("main") == "No changes against main."


def test_the_changes_of_a_project_are_reported(project: Path, tmp_path: Path) -> None:
    infra = project / "infra"
    replace(infra / "stack.py", 'Bucket(self, "Bucket")', 'Bucket(self, "Documents")')
    replace(infra / "settings.py", 'name="dev"', 'name="stage"')
    replace(project / "service" / "names.py", '"by_created"', '"newest"')
    replace(project / "service" / "api.py", '"dynamodb:PutItem"}', '"dynamodb:Scan"}')
    replace(infra / "bucket.py", "            threshold=10,", "            threshold=20,")
    replace(
        infra / "table.py",
        '        base.alarms.notify(\n            self,\n            "SystemErrors",',
        '        dict(\n            name="SystemErrors",',
    )
    replace(
        project / "pyproject.toml",
        "[tool.tap]\n",
        f"{TABLE}\ndev = 'never deployed'\n'prod/old' = 'is long gone'\n[tool.tap]\n",
    )
    summary = tmp_path / "summary.md"
    done = subprocess.run(
        [sys.executable, "-m", "tap_project.changes", "--base=main", f"--markdown={summary}"],
        cwd=project,
        env={**cold_process.environment(), **IDENTITY},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    expected = (
        "FAILS prod: Bucket (AWS::S3::Bucket) is renamed to Documents: a new one is created",
        "prod: the index by_created of Table is deleted",
        "FAILS prod: Table: DynamoDB creates or deletes one index in an update",
        "dev: the environment is renamed to stage: tap-service-stage is created, without data",
        "stage, prod: Api/Function/Role: may now dynamodb:Scan on Table",
        "stage, prod: Api/Function/Role: may no longer dynamodb:PutItem on Table",
        "stage, prod: Documents/ClientErrors starts at 20, not 10",
        "stage, prod: Table/SystemErrors is removed: DynamoDB failed to serve",
        "stage, prod: 6.90 to 6.50 USD a month; ",
        "'prod/old' under [tool.tap.replacements] is about no change",
    )
    missing = [each for each in expected if not any(line.startswith(each) for line in lines)]
    assert not missing, done.stdout
    (stage,) = [line for line in lines if "is renamed to stage" in line]
    assert stage.endswith(". Reason: never deployed")
    assert '"prod/Bucket" = "..."' in lines
    assert summary.read_text(encoding="utf-8").startswith("## Changes against main (")
