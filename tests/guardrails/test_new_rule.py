"""`make rule` adds a rule that works, or changes nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_extensions.answers import PROJECT_FOLDER
from tap_guardrails.rules import RULES
from tests.conftest import TEMPLATE
from tools import rule

GUARDRAILS = f"{PROJECT_FOLDER}/tap_guardrails"
TITLE = "Queues keep messages for 14 days"
Captured = pytest.CaptureFixture[str]


def git(folder: Path, *command: str) -> str:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *command], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of the parts of this repository that a rule needs, in git."""
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    folders = ("lifecycle", "local_extensions", "proof", "tap_fleet", "tests", "tools", "docs")
    for name in (*folders, "cookiecutter.json"):
        source = TEMPLATE / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=ignore)
        else:
            shutil.copyfile(source, tmp_path / name)
    shutil.copytree(TEMPLATE / PROJECT_FOLDER, tmp_path / PROJECT_FOLDER, ignore=ignore)
    shutil.copyfile(TEMPLATE / "pyproject.toml", tmp_path / "pyproject.toml")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all", "--force")
    git(tmp_path, "commit", "--quiet", "--message=x")
    return tmp_path


def test_new_rules_pass_the_tests(repository: Path, capsys: Captured) -> None:
    added = {
        "TAP397": (f"{TITLE}.", "events"),
        "TAP398": ("", "sources"),
        "TAP399": ("5 'more' days", "pipelines"),
    }
    for name, (title, module) in added.items():
        assert rule.main([name, "--title", title, "--module", module], repository) == 0
        printed = capsys.readouterr().out.splitlines()
        assert printed[-1] == "Edit these files, then: make seal"
        changed = git(repository, "status", "--porcelain", "-uall").splitlines()
        assert len(printed[:-1]) == len(changed) == 5
        assert all(any(name in line for line in changed) for name in printed[:-1])
        assert f"{GUARDRAILS}/rules/{module}.py" in printed
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message=x")
    names = "|".join(f"{name}|{name.lower()}" for name in added)
    for command in (
        "-m ruff format --check --no-cache --config pyproject.toml .",
        "-m ruff check --no-cache --config pyproject.toml .",
        f"-m pytest -q -p no:cacheprovider -k {names}|every_rule"
        " tests/guardrails/test_examples.py tests/guardrails/test_cases.py"
        " tests/guardrails/test_rules.py tests/proof/test_faults.py",
    ):
        arguments = [part.replace("|", " or ") for part in command.split()]
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=repository,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_title_names_the_function_and_the_fault(repository: Path) -> None:
    arguments = ["TAP399", "--title", f"{TITLE}.", "--module", "events"]
    assert rule.main(arguments, repository) == 0
    text = (repository / GUARDRAILS / "rules" / "events.py").read_text(encoding="utf-8")
    assert "\ndef queues_keep_messages_for_14_days(resource: Resource)" in text
    assert f'    """{TITLE}.\n' in text
    fault = "proof/faults/events/TAP399_queues_keep_messages_for_14_days.py"
    assert (repository / fault).is_file()
    known = (repository / "tests/guardrails/faults.py").read_text(encoding="utf-8")
    assert known.endswith(f'    "{TITLE}": "TAP399",\n}}\n')


def test_a_rule_belongs_to_the_module_of_the_preceding_one(
    repository: Path, capsys: Captured
) -> None:
    last = max(each for each in RULES if each < "TAP400")
    module = RULES[last].check.__module__.rpartition(".")[2]
    assert rule.main(["TAP399"], repository) == 0
    assert f"{GUARDRAILS}/rules/{module}.py" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["TAP302"], "TAP302 is taken; try: make rule ID=TAP320"),
        (["TAP002"], "TAP002 is taken; try: make rule ID=TAP003"),
        (["TAP33"], "ID 'TAP33' is not TAP and three digits; try: make rule ID=TAP336"),
        ([""], "ID '' is not TAP and three digits; try: make rule ID=TAP336"),
        (["tap399"], "ID 'tap399' is not TAP and three digits; try: make rule ID=TAP336"),
        (["TAP399", "--module", "queues"], "no module 'queues'; try MODULE= one of: access, "),
        (["TAP399", "--module", "../rules/data"], "no module '../rules/data'; try MODULE= "),
        (["TAP900"], "no module ''; try MODULE= one of: access, "),
        (["TAP399", "--title", 'A "title"'], "TITLE 'A \"title\"' is not a plain sentence"),
    ],
    ids=str,
)
def test_an_invalid_rule_is_refused(
    arguments: list[str], message: str, repository: Path, capsys: Captured
) -> None:
    assert rule.main(arguments, repository) == 1
    printed, reported = capsys.readouterr()
    assert printed == ""
    assert reported.startswith(message)
    assert reported.count("\n") == 1
    assert git(repository, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "target",
    [
        f"{GUARDRAILS}/rules/events.py",
        f"{GUARDRAILS}/examples/events.py",
        "tests/guardrails/faults.py",
    ],
)
def test_a_file_with_changes_is_not_edited(target: str, repository: Path, capsys: Captured) -> None:
    file = repository / target
    file.write_text(file.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    before = git(repository, "diff")
    assert rule.main(["TAP399", "--module", "events"], repository) == 1
    assert capsys.readouterr().err == f"{target} has uncommitted changes; commit them first\n"
    assert git(repository, "diff") == before


def test_a_file_that_exists_is_not_replaced(repository: Path, capsys: Captured) -> None:
    case = repository / "tests" / "guardrails" / "cases" / "tap399.json"
    case.write_text("{}", encoding="utf-8")
    assert rule.main(["TAP399"], repository) == 1
    assert capsys.readouterr().err == "tests/guardrails/cases/tap399.json exists; remove it first\n"
    assert case.read_text(encoding="utf-8") == "{}"
