"""`make add`: what it refuses, and what it changes."""

import json
import re
from pathlib import Path

import pytest

from lifecycle import add
from lifecycle.catalogue import CATALOGUE, KINDS
from lifecycle.project import Project
from tests.lifecycle.conftest import Make, commit, git


def run(project: Project, *arguments: str) -> int:
    return add.main(["--project", str(project.root), *arguments])


def refused(project: Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the line with which an addition is refused; nothing is changed."""
    before = git(project.root, "status", "--porcelain")
    assert run(project, *arguments) == 2
    assert git(project.root, "status", "--porcelain") == before
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    return line


REFUSED = {
    "--what=queu --name=a": "WHAT is 'queu', not one of bucket, .*; try: make add",
    "--what=table": "NAME is missing; try: make add WHAT=table NAME=orders",
    "--what=table --name=My_Table": "NAME 'My_Table' is not kebab-case",
    "--what=table --name=a123456789-b123456789-c1234": "at most 24 characters",
    "--what=function --name=class": "NAME 'class' is a word of Python",
    "--what=function --name=json": "Python has a module 'json'; try another NAME",
    "--what=function --name=boto3": "Python has a module 'boto3'; try another NAME",
    "--what=function --name=items": "service/items.py exists; try another NAME",
    "--what=function --name=region": "is taken by a setting; try another NAME",
    "--what=table --name=table": "infra/stack.py has a construct 'Table'; try another NAME",
    "--what=table --name=alarms": "infra/stack.py has a construct 'Alarms'; try another NAME",
    "--what=topic --name=notification": "has a construct 'Notification'; try another NAME",
    "--what=worker --name=a": "KIND is '', not one of s3, sqs, stream, schedule",
    "--what=worker --name=a --kind=kafka": "KIND is 'kafka', not one of s3, sqs",
    "--what=worker --kind=s3 --name=documents": "service/names.py has DOCUMENTS",
    "--what=table --name=a --kind=s3": "a table has no KIND",
    "--what=table --name=a --route=GET": "a table has no ROUTE",
    "--what=budget --name=a": "a budget has no NAME; try: make add WHAT=budget",
    "--what=worker --kind=stream --name=index": "service/names.py has INDEX; try another NAME",
    "--what=worker --kind=s3 --name=settings": "tests/test_settings.py exists; try another NAME",
    "--what=worker --kind=s3 --name=stack": "tests/test_stack.py exists; try another NAME",
    "--what=function --name=service": "the project has a module 'service'; try another NAME",
    "--what=function --name=app": "the project has a module 'app'; try another NAME",
    "--what=function --name=tap-project": "the project has a module 'tap_project'",
    "--what=function --name=key": "the stack has an output KeyArn; try another NAME",
    "--what=table --name=trail": "the stack has an output TrailArn; try another NAME",
    "--what=function --name=traced": "is taken by a setting; try another NAME",
    "--name=reports": "WHAT is '', not one of bucket, .*; try: make add",
    "--what=environment --name=dev": "NAME 'dev' is taken: infra/settings.py has this environment",
    "--what=environment --name=Stage!": "NAME .*Stage!.*; try",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_arguments_are_refused_in_one_line(
    make: Make, capsys: pytest.CaptureFixture[str], arguments: str
) -> None:
    line = refused(make(), capsys, *arguments.split())
    assert re.search(REFUSED[arguments], line), line


@pytest.mark.parametrize("route", ["/reports", "GET reports", "get /reports", "GET /a b", "FOO /a"])
def test_a_route_is_a_method_and_a_path(
    make: Make, capsys: pytest.CaptureFixture[str], route: str
) -> None:
    line = refused(make(), capsys, "--what=function", "--name=reports", f"--route={route}")
    assert line.endswith("is not a method and a path; try: ROUTE='GET /reports'")


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ("GET /items", "ROUTE 'GET /items' is taken"),
        ("GET /items/{name}", "another route has {id} at /items/; try {id} instead of {name}"),
        ("PUT /items/{item}/parts", "another route has {id} at /items/"),
        ("GET /r/{class}", "can't have the variable 'class'"),
        ("GET /r/{a}/s/{a}", "can't have the variable 'a'"),
    ],
)
def test_a_route_fits_those_of_the_api(
    make: Make, capsys: pytest.CaptureFixture[str], route: str, message: str
) -> None:
    line = refused(make(), capsys, "--what=function", "--name=reports", f"--route={route}")
    assert message in line


def test_settings_that_are_written_differently_are_found_or_refused(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    settings = project.root / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    before, _, environments = text.partition("ENVIRONMENTS = by_name(")
    listed = f"ALL = ({environments.rstrip()}\nENVIRONMENTS = by_name(*ALL)\n"
    settings.write_text(before + listed, encoding="utf-8")
    commit(project.root)
    assert run(project, "--what=function", "--name=reports") == 0
    assert settings.read_text(encoding="utf-8").count("reports=FunctionSize(") == 2
    assert "ENVIRONMENTS = by_name(*ALL)" in settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('name="dev"', "name=NAME"), encoding="utf-8")
    commit(project.root)
    capsys.readouterr()
    assert run(project, "--what=function", "--name=more") == 0
    commit(project.root)
    assert run(project, "--what=table", "--name=orders", "--dry-run") == 0


def test_a_file_that_is_not_python_is_one_line(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    (project.root / "infra" / "settings.py").write_text("def (", encoding="utf-8")
    commit(project.root)
    assert run(project, "--what=function", "--name=reports") == 2
    assert run(project, "--what=environment", "--name=stage") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("infra/settings.py" in line and "is not Python" in line for line in lines)


def test_a_route_needs_an_api_and_is_unique(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    route = "--route=GET /items"
    line = refused(make(), capsys, "--what=function", "--name=reports", route)
    assert "ROUTE 'GET /items' is taken" in line


def test_partners_are_required(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    project = make(api="none")
    reports = ("--what=function", "--name=reports", "--route=GET /reports")
    assert "the ROUTE of reports needs an API" in refused(project, capsys, *reports)
    assert "no domain can be added: it needs an API" in refused(project, capsys, "--what=domain")
    assert "no waf can be added: AWS WAF protects" in refused(project, capsys, "--what=waf")


def test_uncommitted_changes_are_refused(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    project = make()
    (project.root / "service" / "new.py").touch()
    line = refused(project, capsys, "--what=table", "--name=orders")
    assert line == "service/new.py has uncommitted changes; try: git add -A && git commit"


def test_a_folder_without_git_is_refused(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    project = make()
    (project.root / ".git").rename(project.root.parent / "elsewhere")
    assert run(project, "--what=table", "--name=orders") == 2
    assert "try: git init && git add -A && git commit" in capsys.readouterr().err


def test_a_project_without_a_record_is_refused(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    (project.root / ".cruft.json").unlink()
    assert run(project, "--what=table", "--name=orders") == 2
    assert ".cruft.json is missing" in capsys.readouterr().err


def test_a_changed_stack_without_a_place_is_refused(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    (project.root / "infra" / "stack.py").write_text("class ServiceStack(:\n", encoding="utf-8")
    commit(project.root)
    line = refused(project, capsys, "--what=table", "--name=orders")
    assert line.startswith("infra/stack.py: line 1 is not Python")


def test_the_list_names_everything_and_what_is_missing(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(make(api="none")) == 0
    listed = capsys.readouterr().out
    assert all(f"WHAT={what}" in listed for what in CATALOGUE)
    assert listed.count("not here:") == 2


def test_a_dry_run_shows_the_change_only(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    project = make()
    assert run(project, "--what=table", "--name=orders", "--dry-run") == 0
    output = capsys.readouterr().out
    assert '+        Table(self, "Orders")' in output
    assert git(project.root, "status", "--porcelain") == ""


def test_an_addition_is_recorded_and_its_name_taken(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    assert run(project, "--what=table", "--name=orders") == 0
    commit(project.root)
    assert [(each.what, each.name) for each in project.additions] == [("table", "orders")]
    capsys.readouterr()
    line = refused(project, capsys, "--what=queue", "--name=orders")
    assert "infra/stack.py has a construct 'Orders'" in line


def test_the_owners_edits_stay(make: Make) -> None:
    project = make()
    stack = project.root / "infra" / "stack.py"
    text = stack.read_text(encoding="utf-8")
    stack.write_text(text.replace("        Api(", "        # mine\n        front = Api("), "utf-8")
    settings = project.root / "infra" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("concurrency=2,", "concurrency=3,  # mine"), encoding="utf-8")
    commit(project.root)
    assert run(project, "--what=function", "--name=reports", "--route=GET /reports") == 0
    assert run(project, "--what=environment", "--name=stage") == 2  # uncommitted
    commit(project.root)
    assert run(project, "--what=environment", "--name=stage") == 0
    assert "front.add_routes(" in stack.read_text(encoding="utf-8")
    text = settings.read_text(encoding="utf-8")
    assert "concurrency=3,  # mine" in text
    assert text.count("reports=FunctionSize(") == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_is_the_same_as_that_of_the_answer(make: Make, kind: str, tmp_path: Path) -> None:
    """Its construct, settings and shared code are the same files."""
    answered = make(worker=kind)
    answered.root.rename(tmp_path / "answered")
    added = make(worker="none")
    assert run(added, "--what=worker", f"--kind={kind}", "--name=worker-of") == 0
    files = [
        path.relative_to(tmp_path / "answered")
        for folder in ("infra", "service")
        for path in sorted((tmp_path / "answered" / folder).rglob("*.py"))
    ]
    different = {
        path.as_posix()
        for path in files
        if not (added.root / path).is_file()
        or (added.root / path).read_text() != (tmp_path / "answered" / path).read_text()
    }
    edited = {"infra/settings.py", "infra/stack.py", "infra/environment/__init__.py"}
    service = {f"service/{name}.py" for name in ("api", "items", "names", "worker")}
    assert different <= edited | service
    assert "service/worker.py" in different


def test_the_record_is_what_cruft_reads(make: Make) -> None:
    record = json.loads((make().root / ".cruft.json").read_text(encoding="utf-8"))
    assert {"template", "commit", "checkout", "context", "directory"} <= set(record)
    assert record["context"]["cookiecutter"]["worker"] == "s3"
