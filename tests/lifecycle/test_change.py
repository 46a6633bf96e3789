"""`make change`: an answer changes, and the owner's edits stay."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle import add, change, impact
from lifecycle.catalogue import Addition
from lifecycle.merge import Merge
from lifecycle.project import Project
from proof import cold_process, dependencies
from proof.variants import Answer
from tests.lifecycle.conftest import Make, commit, git


def run(project: Project, monkeypatch: pytest.MonkeyPatch, *options: str, **answers: str) -> int:
    for name, value in answers.items():
        monkeypatch.setenv(name, value)
    names = f"--names={' '.join(answers)}"
    return change.main(["--project", str(project.root), names, *options])


def replace(project: Project, path: str, old: str, new: str) -> None:
    text = project.read(path)
    assert old in text
    (project.root / path).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def unreported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the report, which synthesizes twice."""
    monkeypatch.setattr(impact, "report", lambda *_: 0)


def test_data_that_would_be_lost_is_reported_first(
    make: Make, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    project = make()
    dependencies.link(project.root, "3.14")
    (project.root / ".venv").symlink_to(sys.prefix)
    (project.root / "node_modules").symlink_to(cold_process.cdk_cli(project.root).parents[2])
    (project.root / ".git/info/exclude").write_text(".venv\nnode_modules\n", encoding="utf-8")
    for name, value in cold_process.environment().items():
        monkeypatch.setenv(name, value)
    assert run(project, monkeypatch, encryption="aws_managed", PYTHON="python3") == 1
    output = capfd.readouterr().out
    assert "FAILS prod: Encryption/Key (AWS::KMS::Key)" in output
    assert "make change ... ARGS=--yes" in output
    assert git(project.root, "status", "--porcelain") == ""


@pytest.mark.usefixtures("unreported")
def test_the_owners_edits_stay(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make()
    replace(project, "infra/settings.py", "timeout_seconds=20", "timeout_seconds=25")
    (project.root / "service" / "mine.py").write_text("A = 1\n", encoding="utf-8")
    commit(project.root)
    assert run(project, monkeypatch, api="http", worker="sqs") == 0
    assert "HttpApi" in project.read("infra/api.py")
    assert "timeout_seconds=25" in project.read("infra/settings.py")
    assert (project.root / "service" / "mine.py").is_file()
    assert (project.root / "infra" / "sqs_worker.py").is_file()
    assert not (project.root / "infra" / "s3_worker.py").exists()
    assert project.answers["api"] == "http"
    commit(project.root)
    # Back again: the same files as before, except the owner's.
    assert run(project, monkeypatch, api="rest", worker="s3") == 0
    git(project.root, "add", "--all")
    assert git(project.root, "diff", "--cached", "--name-only", "HEAD~1") == ""


@pytest.mark.usefixtures("unreported")
def test_an_edited_file_that_is_no_longer_rendered_is_kept(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    replace(project, "infra/s3_worker.py", "S3Worker", "S3Worker")
    file = project.root / "infra" / "s3_worker.py"
    file.write_text(file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    commit(project.root)
    assert run(project, monkeypatch, worker="none") == 0
    assert file.is_file()
    assert "infra/s3_worker.py is no longer used, but you changed it" in capsys.readouterr().out


@pytest.mark.usefixtures("unreported")
def test_a_conflict_is_marked_as_git_does(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    replace(project, "infra/encryption.py", '"Key"', '"MyKey"')
    commit(project.root)
    assert run(project, monkeypatch, encryption="aws_managed") == 1
    assert "infra/encryption.py has conflicts" in capsys.readouterr().err
    assert "<<<<<<< yours\n" in project.read("infra/encryption.py")


@pytest.mark.usefixtures("unreported")
def test_a_dry_run_changes_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    assert run(project, monkeypatch, "--dry-run", api="http") == 0
    assert "+++ b/infra/api.py" in capsys.readouterr().out
    assert git(project.root, "status", "--porcelain") == ""


def test_additions_that_do_not_fit_are_refused(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    record = json.loads(project.read(".cruft.json"))
    record["additions"] = [{"what": "function", "name": "reports", "route": "GET /reports"}]
    (project.root / ".cruft.json").write_text(json.dumps(record), encoding="utf-8")
    commit(project.root)
    assert run(project, monkeypatch, api="none") == 2
    assert "reports" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({}, "nothing is to change; try: make change api=http"),
        ({"api": "rest"}, "the project has these answers already"),
        ({"api": "soap"}, "api is 'soap', not one of rest, http, none"),
        ({"colour": "red"}, "colour is no question; try one of project_name, description, "),
        ({"project_slug": "other"}, "project_slug can't be changed: the stacks"),
        ({"audit_trail": "maybe"}, "try audit_trail=true or audit_trail=false"),
        ({"environments": "dev"}, "try: make add WHAT=environment NAME=..."),
        ({"api": "none", "worker": "none"}, "a project needs at least one function"),
        ({"aws_region": "eu-frankfurt-1"}, "aws_region 'eu-frankfurt-1'"),
    ],
)
def test_answers_are_refused_in_one_line(
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: dict[str, str],
    message: str,
) -> None:
    project = make()
    assert run(project, monkeypatch, **answers) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert git(project.root, "status", "--porcelain") == ""


def test_replaced_data_needs_consent(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    project = make()
    merged = Merge()
    merged.edits.new["a.txt"] = "a"
    given = argparse.Namespace(dry_run=False, yes=False)
    assert impact.finish(project, merged, 1, given, "make change") == 1
    assert not (project.root / "a.txt").exists()
    assert "ARGS=--yes" in capsys.readouterr().out
    given.yes = True
    assert impact.finish(project, merged, 1, given, "make change") == 0
    assert Path(project.root / "a.txt").read_text(encoding="utf-8") == "a"


ADDED = (
    Addition(what="secret", name="partner"),
    Addition(what="queue", name="jobs"),
    Addition(what="worker", name="invoices", kind="sqs"),
    Addition(what="table", name="orders"),
)


def with_additions(project: Project) -> Project:
    for addition in ADDED:
        add.prepared(Project(project.root), addition).write(project.root)
    commit(project.root)
    return Project(project.root)


@pytest.mark.usefixtures("unreported")
@pytest.mark.parametrize(
    "answers",
    [
        {"encryption": "aws_managed", "billing_mode": "provisioned", "audit_trail": False},
        {"network": "none", "api": "none", "worker": "stream"},
    ],
    ids=["encryption, capacity, trail", "network, API, worker"],
)
def test_additions_follow_new_answers(
    answers: dict[str, Answer],
    make: Make,
    baked: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The project is the one that had the answers from the start, with the same additions."""
    project = with_additions(make())
    wanted = tmp_path / "wanted"
    shutil.copytree(baked(**answers), wanted)
    git(wanted, "init", "--quiet")
    with_additions(Project(wanted))
    assert run(project, monkeypatch, **{name: str(v).lower() for name, v in answers.items()}) == 0
    for folder in ("infra", "service", "tests"):
        for file in sorted((wanted / folder).rglob("*.py")):
            path = file.relative_to(wanted).as_posix()
            assert project.read(path) == file.read_text(encoding="utf-8"), path
