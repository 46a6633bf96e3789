"""Bad answers are refused in one line, wherever they come from, and leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_extensions import answers
from tests.conftest import TEMPLATE, Bake, Command
from tests.test_answers import REFUSED, defaults

# Unbalanced Jinja is refused by cookiecutter's own parser before anybody else sees it.
ON_THE_COMMAND_LINE = [
    (question, value, line)
    for question, table in REFUSED.items()
    for value, line in table.items()
    if not any(opening in value for opening in answers.JINJA_OPENINGS)
]
BAD = {
    "project_slug": "My_Service",
    "alarm_email": "nobody",
    "aws_region": "us-east",
    "environments": "dev,Prod",
    "api": "none",
    "worker": "none",
    "network": "endpoint",
    "audit_trail": "yes",
}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(("question", "value", "line"), ON_THE_COMMAND_LINE)
def test_the_command_line_refuses(
    cookiecutter: Command, output: Path, question: str, value: str, line: str
) -> None:
    run = cookiecutter("--no-input", f"{question}={value}", "verify=no", output=output)
    assert (run.returncode, run.stdout, run.stderr) == (1, "", f"Error: {line}\n")
    assert list(output.iterdir()) == []


def test_the_command_line_refuses_a_project_without_a_function(
    cookiecutter: Command, output: Path
) -> None:
    run = cookiecutter("--no-input", "api=none", "worker=none", "verify=no", output=output)
    assert run.returncode == 1
    assert run.stderr.startswith("Error: worker 'none' leaves nothing to run without an API;")
    assert run.stderr.count("\n") == 1
    assert list(output.iterdir()) == []


def test_the_command_line_refuses_cognito_in_china(cookiecutter: Command, output: Path) -> None:
    given = ("aws_region=cn-north-1", "api_auth=cognito", "verify=no")
    run = cookiecutter("--no-input", *given, output=output)
    assert run.returncode == 1
    assert run.stderr.startswith("Error: api_auth 'cognito' needs a Cognito user pool, which cn-n")
    assert run.stderr.count("\n") == 1
    assert list(output.iterdir()) == []


def test_nobody_is_asked_without_a_terminal(cookiecutter: Command, output: Path) -> None:
    """Without --no-input cookiecutter asks, finds no terminal, and the answer stays refused."""
    run = cookiecutter("project_slug=My_Service", output=output)
    assert run.returncode != 0
    assert list(output.iterdir()) == []


def test_what_is_refused_on_the_command_line_is_accepted_when_mended(
    cookiecutter: Command, output: Path
) -> None:
    given = ("environments= dev , prod ", "owner= a team ", "verify=no")
    run = cookiecutter("--no-input", *given, output=output)
    assert run.returncode == 0, run.stderr
    assert 'OWNER = "a team"' in (output / "tap-service/infra/settings.py").read_text("utf-8")


def replay_file(folder: Path, given: dict[str, object]) -> Path:
    """Write what cookiecutter remembers of a run with these answers."""
    private = {
        name: value
        for name, value in answers.questions().items()
        if name.startswith("_") and name != "__prompts__"
    }
    remembered = {"cookiecutter": {**defaults(), **private, **given}}
    file = folder / "replay.json"
    file.write_text(json.dumps(remembered), encoding="utf-8")
    return file


def test_a_replay_is_refused_with_all_problems_at_once(
    cookiecutter: Command, output: Path, tmp_path: Path
) -> None:
    replayed = replay_file(tmp_path, {**BAD, "description": "{{ 7 * 7 }}"})
    run = cookiecutter("--replay-file", str(replayed), output=output)
    assert run.returncode == 1
    lines = [line for line in run.stderr.splitlines() if line.split(" ")[0] in answers.asked()]
    expected = answers.problems({**defaults(), **BAD, "description": "{{ 7 * 7 }}"})
    assert lines == [str(problem) for problem in expected]
    assert [problem.question for problem in expected] == [
        "project_slug",
        "description",
        *[question for question in BAD if question not in ("project_slug", "api", "worker")][:3],
        "worker",
        "network",
        "audit_trail",
    ]
    assert list(output.iterdir()) == []


def test_a_replay_of_good_answers_is_rendered(
    cookiecutter: Command, output: Path, tmp_path: Path
) -> None:
    first = cookiecutter("--no-input", "worker=sqs", "verify=no", output=output)
    assert first.returncode == 0, first.stderr
    again = tmp_path / "again"
    second = cookiecutter("--replay", output=again)
    assert second.returncode == 0, second.stderr
    assert files_of(again) == files_of(output)


def test_rendering_twice_gives_the_same_bytes(bake: Bake) -> None:
    first, second = bake(), bake()
    assert first != second
    assert files_of(first) == files_of(second)


def test_an_unknown_question_fails_the_bake(bake: Bake) -> None:
    with pytest.raises(ValueError, match=r"does not ask for \['wroker'\]"):
        bake(wroker="sqs")


def test_a_project_without_hooks_is_the_same(cookiecutter: Command, tmp_path: Path) -> None:
    """Whoever does not trust hooks gets the whole project; only its empty folders stay."""
    trees = {}
    for hooks in ("yes", "no"):
        output = tmp_path / hooks
        given = ("--no-input", "--accept-hooks", hooks, "api=none", "ci=none", "verify=no")
        run = cookiecutter(*given, output=output)
        assert run.returncode == 0, run.stderr
        trees[hooks] = files_of(output)
    assert trees["no"] == trees["yes"]


def files_of(folder: Path) -> dict[str, bytes]:
    files = {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }
    assert len(files) > 20
    return files


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a git repository of the template as it is in this working folder."""
    folder = tmp_path_factory.mktemp("repository") / "template"
    unwanted = shutil.ignore_patterns(
        ".git", ".venv", ".cache", ".*_cache", "__pycache__", "build", "out", "node_modules"
    )
    shutil.copytree(TEMPLATE, folder, ignore=unwanted)
    commands = (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "feat: begin"])
    identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com"]
    for command in commands:
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder


def cruft(
    repository: Path, output: Path, environment: dict[str, str], **given: str | bool
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cruft", "create", str(repository), "--no-input"]
    answered = ["--extra-context", json.dumps(given), "--output-dir", str(output)]
    return subprocess.run(
        [*command, *answered],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_cruft_refuses(repository: Path, output: Path, environment: dict[str, str]) -> None:
    run = cruft(repository, output, environment, project_slug="My_Service")
    assert run.returncode != 0
    assert "project_slug 'My_Service' is not kebab-case; try 'my-service'" in run.stderr
    assert list(output.iterdir()) == []


def test_cruft_renders_in_silence(
    repository: Path, output: Path, environment: dict[str, str]
) -> None:
    """An update renders twice: it must neither verify, though that is the default, nor talk."""
    run = cruft(repository, output, environment)
    assert run.returncode == 0, run.stderr
    assert "tap-service" not in run.stdout + run.stderr
    assert (output / "tap-service/.cruft.json").is_file()
    assert not (output / "tap-service/.venv").exists()
    assert not (output / "tap-service/cdk.out").exists()


pty = pytest.importorskip("pty", reason="there are no pseudo-terminals on Windows")


def on_a_terminal(environment: dict[str, str], output: Path, typed: list[str]) -> tuple[int, str]:
    """Run cookiecutter on a terminal, type a line at each prompt; return exit code and screen."""
    arguments = ["cookiecutter", str(TEMPLATE), "--output-dir", str(output)]
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(
            sys.executable,
            [sys.executable, "-m", *arguments],
            {**environment, "TERM": "dumb"},
        )
    waiting = iter(typed)
    screen = b""
    for chunk in chunks_of(terminal):
        screen += chunk
        if screen.endswith(b"): "):
            os.write(terminal, f"{next(waiting)}\n".encode())
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert list(waiting) == []
    return os.waitstatus_to_exitcode(status), screen.decode()


def chunks_of(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other side hung up
            return
        if not chunk:
            return
        yield chunk


def typed_answers(**given: str | list[str]) -> list[str]:
    """Return the lines to type: Enter where nothing is given, several lines where it asks again."""
    lines: list[str] = []
    for question in answers.asked():
        answer = given.get(question, "n" if question == "verify" else "")
        lines += [answer] if isinstance(answer, str) else answer
    return lines


def test_a_terminal_asks_again(environment: dict[str, str], output: Path) -> None:
    typed = typed_answers(
        project_slug=["My_Service", "x", "mended"],
        alarm_email=["nobody", "on-call@example.org"],
        environments=["dev,Prod", ""],
    )
    status, screen = on_a_terminal(environment, output, typed)
    assert status == 0, screen
    shown = " ".join(screen.split())
    prompt = f"[2/{len(answers.asked())}] {answers.questions()['__prompts__']['project_slug']}"
    assert shown.count(f"{prompt} (tap-service): My_Service") == 1
    problem = "project_slug 'My_Service' is not kebab-case; try 'my-service'"
    assert shown.count(f"{problem} {prompt} (my-service): x") == 1
    problem = "project_slug 'x' has 1 characters, not 3 to 32"
    assert shown.count(f"{problem} {prompt} (): mended") == 1
    settings = (output / "mended/infra/settings.py").read_text(encoding="utf-8")
    assert 'alarm_email="on-call@example.org"' in settings
    assert 'name="prod"' in settings


def test_a_terminal_asks_again_for_a_function(environment: dict[str, str], output: Path) -> None:
    asked = answers.asked()
    nothing = {name: str(asked[name].index("none") + 1) for name in ("api", "worker")}
    typed = typed_answers(api=nothing["api"], worker=[nothing["worker"], nothing["api"], "2"])
    status, screen = on_a_terminal(environment, output, typed)
    assert status == 0, screen
    assert "a project needs at least one function" in screen
    assert not (output / "tap-service/infra/api.py").exists()
    assert (output / "tap-service/infra/worker.py").is_file()


def test_a_terminal_shows_every_label_whole(environment: dict[str, str], output: Path) -> None:
    """Prompts are rich markup: square brackets in a label would vanish."""
    _, screen = on_a_terminal(environment, output, typed_answers())
    shown = " ".join(screen.split())
    for question, prompt in answers.questions()["__prompts__"].items():
        labels = prompt.values() if isinstance(prompt, dict) else [prompt]
        for label in labels:
            assert label in shown, question
