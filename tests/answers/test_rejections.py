"""Invalid answers from any source are rejected in one line, and leave no files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config

from local_extensions import answers, extension
from tests.answers.invalid_answers import INVALID_ANSWERS
from tests.conftest import TEMPLATE, Bake, Command
from tests.support.defaults import defaults

ON_THE_COMMAND_LINE = [
    (question, value, line)
    for question, table in INVALID_ANSWERS.items()
    for value, line in table.items()
]
BAD = {
    "project_slug": "My_Service",
    "alarm_email": "someone",
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
def test_the_command_line_rejects(
    cookiecutter: Command, output: Path, question: str, value: str, line: str
) -> None:
    run = cookiecutter("--no-input", f"{question}={value}", "verify=no", output=output)
    assert (run.returncode, run.stdout, run.stderr) == (1, "", f"Error: {line}\n")
    assert list(output.iterdir()) == []


def test_the_command_line_rejects_a_project_without_a_function(
    cookiecutter: Command, output: Path
) -> None:
    run = cookiecutter("--no-input", "api=none", "worker=none", "verify=no", output=output)
    assert run.returncode == 1
    assert run.stderr.startswith("Error: worker 'none' leaves no function without an API;")
    assert run.stderr.count("\n") == 1
    assert list(output.iterdir()) == []


def test_the_command_line_rejects_cognito_in_china(cookiecutter: Command, output: Path) -> None:
    given = ("aws_region=cn-north-1", "api_auth=cognito", "verify=no")
    run = cookiecutter("--no-input", *given, output=output)
    assert run.returncode == 1
    assert run.stderr.startswith("Error: api_auth 'cognito' needs a Cognito user pool, which cn-n")
    assert run.stderr.count("\n") == 1
    assert list(output.iterdir()) == []


def test_no_prompt_without_a_terminal(cookiecutter: Command, output: Path) -> None:
    """Without --no-input and without a terminal, the answer is rejected."""
    run = cookiecutter("project_slug=My_Service", output=output)
    assert run.returncode != 0
    assert list(output.iterdir()) == []


def test_a_rejected_command_line_is_accepted_after_correction(
    cookiecutter: Command, output: Path
) -> None:
    given = ("environments= dev , prod ", "owner= a team ", "verify=no")
    run = cookiecutter("--no-input", *given, output=output)
    assert run.returncode == 0, run.stderr
    assert 'OWNER = "a team"' in (output / "tap-service/infra/settings.py").read_text("utf-8")


def replay_file(folder: Path, given: dict[str, object]) -> Path:
    """Write cookiecutter's replay file of a run with these answers."""
    private = {
        name: value
        for name, value in answers.questions().items()
        if name.startswith("_") and name != "__prompts__"
    }
    remembered = {"cookiecutter": {**defaults(), **private, **given}}
    file = folder / "replay.json"
    file.write_text(json.dumps(remembered), encoding="utf-8")
    return file


def test_a_replay_is_rejected_with_all_problems_at_once(
    cookiecutter: Command, output: Path, tmp_path: Path
) -> None:
    replayed = replay_file(tmp_path, {**BAD, "description": "{{ 7 * 7 }}"})
    run = cookiecutter("--replay-file", str(replayed), output=output)
    assert run.returncode == 1
    lines = run.stderr.removeprefix("Error: ").splitlines()
    expected = answers.problems({**defaults(), **BAD, "description": "{{ 7 * 7 }}"})
    assert lines == [str(problem) for problem in expected]
    assert [problem.question for problem in expected] == [
        "project_slug",
        "description",
        "aws_region",
        "environments",
        "worker",
        "network",
        "audit_trail",
        "alarm_email",
    ]
    assert list(output.iterdir()) == []


# If rendered, each of these would run or fail in cookiecutter's parser.
TEMPLATE_CODE = [
    "{{ 7 * 7 }}",
    "{{ cookiecutter.nope }}",
    "{{ 1 / 0 }}",
    "{{ x",
    "{% for %}",
    "{% raw %}",
    "a {# b",
    "{{ ''.__class__.__mro__ }}",
]
FREE = [question for question, default in answers.asked().items() if isinstance(default, str)]


def expect_rejection(run: subprocess.CompletedProcess[str], question: str, output: Path) -> None:
    """Assert that one line names the question, and that no file was written."""
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(rf"Error: {question} .*\n", run.stderr), run.stderr
    assert list(output.iterdir()) == []


@pytest.mark.parametrize("question", FREE)
@pytest.mark.parametrize("source", ["command line", "file", "replay"])
def test_template_code_is_rejected_in_one_line(
    cookiecutter: Command, output: Path, tmp_path: Path, question: str, source: str
) -> None:
    code = TEMPLATE_CODE[FREE.index(question) % len(TEMPLATE_CODE)]
    if source == "command line":
        given = ["--no-input", f"{question}={code}"]
    elif source == "file":
        given = ["--no-input", "--config-file", str(user_config(tmp_path, {question: code}))]
    else:
        given = ["--replay-file", str(replay_file(tmp_path, {question: code}))]
    expect_rejection(cookiecutter(*given, output=output), question, output)


@pytest.mark.parametrize("code", TEMPLATE_CODE)
def test_template_code_in_an_answer_does_not_run(code: str) -> None:
    """In cookiecutter's order, an answer is rendered before a filter receives it."""
    with pytest.raises(click.ClickException, match=r"^description .* contains '\{[{%#]', which"):
        prompted(description=code)


def prompted(**given: object) -> dict[str, Any]:
    """Return cookiecutter's result for answers in a configuration file, without a terminal."""
    file = TEMPLATE / "cookiecutter.json"
    context = generate_context(str(file), default_context={"verify": False, **given})
    return dict(prompt_for_config(context, no_input=True))


def user_config(folder: Path, given: Mapping[str, object]) -> Path:
    file = folder / "config.yaml"
    context = {"default_context": {"verify": False, **given}}
    file.write_text(yaml.safe_dump(context), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"environments": ["dev", "prod"]}, "is a list, not text; try 'dev,prod'"),
        ({"project_name": ["a", "b"]}, "is a list, not text; try 'a,b'"),
        ({"owner": {"team": "a"}}, "is a mapping, not text"),
        ({"project_name": {"team": "a"}}, "is a mapping, not text"),
        ({"environments": False}, "is not text; put quotes around it in YAML"),
        ({"owner": None}, "is not text; put quotes around it in YAML"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_file_with_another_type_is_rejected(
    cookiecutter: Command, output: Path, tmp_path: Path, given: dict[str, object], line: str
) -> None:
    run = cookiecutter(
        "--no-input", "--config-file", str(user_config(tmp_path, given)), output=output
    )
    expect_rejection(run, next(iter(given)), output)
    assert run.stderr.endswith(f"{line}\n")


def test_the_documented_house_defaults_are_used(
    cookiecutter: Command, output: Path, tmp_path: Path
) -> None:
    source = TEMPLATE / "examples" / "house.yaml"
    defaults = yaml.safe_load(source.read_text(encoding="utf-8"))["default_context"]
    assert len(defaults) > 5
    assert defaults.keys() <= answers.asked().keys()
    run = cookiecutter(
        "--no-input", "--config-file", str(source), "verify=no", "owner=billing", output=output
    )
    assert run.returncode == 0, run.stderr
    record = json.loads((output / "tap-service" / ".cruft.json").read_text(encoding="utf-8"))
    used = record["context"]["cookiecutter"]
    assert {name: used[name] for name in defaults} == {**defaults, "owner": "billing"}
    settings = (output / "tap-service" / "infra" / "settings.py").read_text(encoding="utf-8")
    assert settings.count('region="eu-central-1"') == 3


def test_a_list_of_one_and_a_number_become_text() -> None:
    given = prompted(environments=["prod"], owner=7)
    assert (given["environments"], given["owner"]) == ("prod", "7")


@pytest.mark.parametrize("hooks", ["yes", "no"])
@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("__api_module=../../evil.py", "'../../evil.py' is computed by the template"),
        ("__deploy_workflow=", "'' is computed by the template"),
        ("_new_lines=x", "'x' is computed by the template"),
    ],
)
def test_a_private_variable_can_not_be_answered(
    cookiecutter: Command, output: Path, variable: str, line: str, hooks: str
) -> None:
    run = cookiecutter("--no-input", "--accept-hooks", hooks, variable, "verify=no", output=output)
    expect_rejection(run, variable.partition("=")[0], output)
    assert line in run.stderr


def test_every_private_variable_that_names_a_file_is_protected() -> None:
    named = re.findall(
        r"cookiecutter\.(__\w+)",
        " ".join(str(file) for file in (TEMPLATE / answers.PROJECT_FOLDER).rglob("*")),
    )
    assert len(named) > 10
    assert set(named) <= extension.templates().keys()


@pytest.fixture
def scaffolded(tmp_path: Path, environment: dict[str, str]) -> Callable[..., Any]:
    """Return a function that renders as Backstage does: answers overwrite cookiecutter.json."""
    template = tmp_path / "template"
    for part in ("hooks", "local_extensions", "templates", answers.PROJECT_FOLDER):
        shutil.copytree(TEMPLATE / part, template / part)

    def run(output: Path, **given: object) -> subprocess.CompletedProcess[str]:
        questions = {**answers.questions(), "verify": False, **given}
        (template / "cookiecutter.json").write_text(json.dumps(questions), encoding="utf-8")
        command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input"]
        return subprocess.run(
            [*command, "--default-config", "--output-dir", str(output)],
            cwd=tmp_path,
            env={name: value for name, value in environment.items() if name != "PYTHONPATH"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_overwritten_choices_are_known(
    scaffolded: Callable[..., Any], cookiecutter: Command, output: Path, tmp_path: Path
) -> None:
    given = {"api": "http", "worker": "sqs", "network": "none", "package_manager": "pip"}
    run = scaffolded(output, **given, component_id="x", destination={"host": "y"})
    assert (run.returncode, run.stderr) == (0, "")
    same = tmp_path / "same"
    typed = [f"{question}={value}" for question, value in given.items()]
    assert cookiecutter("--no-input", "verify=no", *typed, output=same).returncode == 0
    # The record names the folder of the template.
    record = "tap-service/.cruft.json"
    found, expected = files_of(output), files_of(same)
    assert found.pop(record) != expected.pop(record)
    assert found == expected


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"api": "htp"}, "api 'htp' is not one of rest, http, none; try 'http'"),
        (
            {"network": "nta"},
            "network 'nta' is not one of endpoints, nat, existing, none; try 'nat'",
        ),
        ({"audit_trail": "false"}, "audit_trail 'false' is neither true nor false; try 'true'"),
        ({"environments": ["dev", "prod"]}, "environments ['dev', 'prod'] is a list, not text;"
         " try 'dev,prod'"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_an_invalid_overwritten_choice_is_rejected(
    scaffolded: Callable[..., Any], output: Path, given: dict[str, object], line: str
) -> None:
    run = scaffolded(output, **given)
    expect_rejection(run, next(iter(given)), output)
    assert run.stderr == f"Error: {line}\n"


def test_a_name_of_symbols_alone_gets_a_suggestion(cookiecutter: Command, output: Path) -> None:
    run = cookiecutter("--no-input", "project_name=\U0001f680", output=output)
    expect_rejection(run, "project_slug", output)
    assert run.stderr.endswith("has no letters or digits; try 'my-service'\n")


def test_a_full_disk_is_rejected_in_one_line(bake: Bake, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(click.ClickException, match="is on a full disk: 1024 KiB are free, and a"):
        bake()


def test_a_folder_that_can_not_be_written_is_rejected(
    bake: Bake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(click.ClickException, match="is not writable; try --output-dir with anoth"):
        bake()


def test_an_output_that_is_a_file_is_rejected(cookiecutter: Command, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    run = cookiecutter("--no-input", "verify=no", output=file)
    line = f"{file} is a file, so {file}/tap-service can't be made; try --output-dir with another"
    assert (run.returncode, run.stderr) == (1, f"Error: {line} folder\n")


def test_a_replay_of_valid_answers_is_rendered(
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
    """Without hooks, the project is complete; only its empty folders are not pruned."""
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
    """Return a git repository with the working tree of the template."""
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


def test_cruft_rejects(repository: Path, output: Path, environment: dict[str, str]) -> None:
    run = cruft(repository, output, environment, project_slug="My_Service")
    assert run.returncode != 0
    assert "project_slug 'My_Service' is not kebab-case; try 'my-service'" in run.stderr
    assert list(output.iterdir()) == []


def test_cruft_renders_without_output(
    repository: Path, output: Path, environment: dict[str, str]
) -> None:
    """An update renders twice: it must not verify, which is the default, and not print."""
    run = cruft(repository, output, environment)
    assert run.returncode == 0, run.stderr
    assert "tap-service" not in run.stdout + run.stderr
    assert (output / "tap-service/.cruft.json").is_file()
    assert not (output / "tap-service/.venv").exists()
    assert not (output / "tap-service/cdk.out").exists()


def test_an_update_renders_each_release_with_its_own_code(
    repository: Path, output: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """cruft renders the old and the new release in one process, from one folder."""
    template = tmp_path / "template"
    shutil.copytree(repository, template)
    run = cruft(template, output, environment, ci="none")
    assert run.returncode == 0, run.stderr
    project = output / "tap-service"
    commit(project, environment, "init", "--quiet")
    for file, old, new in (
        ("local_extensions/literals.py", "yaml_name", "yaml_word"),
        ("local_extensions/literals.py", "def python_string", "def literal"),
        ("local_extensions/literals.py", "    python_string,", "    literal,"),
        (f"{answers.PROJECT_FOLDER}/infra/settings.py", "| python_string", "| literal"),
        ("cookiecutter.json", "{{ 'api.py' if", "{{ 'front_door.py' if"),
    ):
        changed = (template / file).read_text(encoding="utf-8").replace(old, new)
        (template / file).write_text(changed, encoding="utf-8")
    for part in (template / "templates").rglob("*"):
        if part.is_file():
            text = part.read_text(encoding="utf-8").replace("| python_string", "| literal")
            part.write_text(text.replace("yaml_name", "yaml_word"), encoding="utf-8")
    commit(template, environment)
    update = subprocess.run(
        [sys.executable, "-m", "cruft", "update", "--skip-apply-ask"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert update.returncode == 0, update.stdout + update.stderr
    assert (project / "infra/front_door.py").is_file()
    assert not (project / "infra/api.py").exists()


def commit(folder: Path, environment: dict[str, str], *before: str) -> None:
    """Commit everything in a folder, after another command of git."""
    for command in (before, ("add", "--all"), ("commit", "--quiet", "-m", "feat: change")):
        if command:
            subprocess.run(["git", *command], cwd=folder, env=environment, check=True)


pty = pytest.importorskip("pty", reason="there are no pseudo-terminals on Windows")


def on_a_terminal(environment: dict[str, str], output: Path, typed: list[str]) -> tuple[int, str]:
    """Run cookiecutter on a terminal, type a line at each prompt; return exit code and output."""
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
        except OSError:  # Linux reports a closed terminal this way
            return
        if not chunk:
            return
        yield chunk


def typed_answers(**given: str | list[str]) -> list[str]:
    """Return the lines to type: Enter without an answer, several lines for repeated prompts."""
    lines: list[str] = []
    for question in answers.asked():
        answer = given.get(question, "n" if question == "verify" else "")
        lines += [answer] if isinstance(answer, str) else answer
    return lines


def test_a_terminal_asks_again(environment: dict[str, str], output: Path) -> None:
    typed = typed_answers(
        project_slug=["My_Service", "x", "mended"],
        alarm_email=["someone", "on-call@example.org"],
        environments=["dev,Prod", ""],
    )
    status, screen = on_a_terminal(environment, output, typed)
    assert status == 0, screen
    shown = " ".join(screen.split())
    prompt = f"[2/{len(answers.asked())}] {answers.questions()['__prompts__']['project_slug']}"
    assert shown.count(f"{prompt} (tap-service): My_Service") == 1
    problem = "project_slug 'My_Service' is not kebab-case; try 'my-service'"
    assert shown.count(f"{problem} {prompt} (my-service): x") == 1
    problem = "project_slug 'x' has 1 characters, not 3 to 32; try 'x-service'"
    assert shown.count(f"{problem} {prompt} (x-service): mended") == 1
    settings = (output / "mended/infra/settings.py").read_text(encoding="utf-8")
    assert 'alarm_email="on-call@example.org"' in settings
    assert 'name="prod"' in settings


def test_a_terminal_asks_again_instead_of_template_code(
    environment: dict[str, str], output: Path
) -> None:
    typed = typed_answers(description=["{{ 1/0 }}", ""], environments=["{% x", ""])
    status, screen = on_a_terminal(environment, output, typed)
    assert status == 0, screen
    assert "description '{{ 1/0 }}' contains '{{', which is template syntax" in screen
    assert "Traceback" not in screen
    readme = (output / "tap-service/README.md").read_text(encoding="utf-8")
    assert "{ 1/0 }}" in readme
    assert 'name="x"' in (output / "tap-service/infra/settings.py").read_text(encoding="utf-8")


def test_a_terminal_asks_again_for_a_function(environment: dict[str, str], output: Path) -> None:
    asked = answers.asked()
    nothing = {name: str(asked[name].index("none") + 1) for name in ("api", "worker")}
    typed = typed_answers(api=nothing["api"], worker=[nothing["worker"], nothing["api"], "2"])
    status, screen = on_a_terminal(environment, output, typed)
    assert status == 0, screen
    assert "a project needs at least one function" in screen
    assert not (output / "tap-service/infra/api.py").exists()
    assert (output / "tap-service/infra/sqs_worker.py").is_file()


def test_a_terminal_asks_again_after_another_answer(
    environment: dict[str, str], output: Path
) -> None:
    """The API of the first answer is not remembered."""
    asked = answers.asked()
    nothing = {name: str(asked[name].index("none") + 1) for name in ("api", "worker")}
    typed = typed_answers(api=nothing["api"], worker=[nothing["worker"], "1", nothing["worker"]])
    status, screen = on_a_terminal(environment, output, typed)
    assert status == 0, screen
    assert (output / "tap-service/infra/api.py").is_file()


def test_a_terminal_helps_between_the_questions(environment: dict[str, str], output: Path) -> None:
    taken = output / "tap-service"
    taken.mkdir()
    git = output.parent / "gitconfig"
    git.write_text("[user]\nemail = ana@example.com\n", encoding="utf-8")
    typed = typed_answers(
        project_slug=["", ""],
        aws_region="Frankfurt",
        environments="dev",
        api=str(answers.asked()["api"].index("none") + 1),
        alarm_email="me",
    )
    variables = {**environment, "GIT_CONFIG_GLOBAL": str(git)}
    status, screen = on_a_terminal(variables, output, typed)
    assert status == 0, screen
    shown = " ".join(screen.split())
    places = [
        shown.index(text)
        for text in (
            f"project_slug 'tap-service' is taken: {taken} exists",
            "(tap-service-2)",
            "eu-central-1 is Europe (Frankfurt)",
            "Without an API the next question is ignored: press Enter.",
            "Without an API the project needs a worker",
            "No environment is production, so there is no trail",
            "Type me for ana@example.com (git config user.email).",
        )
    ]
    assert places == sorted(places)
    settings = (output / "tap-service-2/infra/settings.py").read_text(encoding="utf-8")
    assert 'region="eu-central-1"' in settings
    assert 'alarm_email="ana@example.com"' in settings


def test_an_existing_folder_is_rejected_in_one_line(cookiecutter: Command, output: Path) -> None:
    for name in ("tap-service", "tap-service-2"):
        (output / name).mkdir()
    run = cookiecutter("--no-input", "verify=no", output=output)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        f"Error: project_slug 'tap-service' is taken: {output / 'tap-service'} exists"
        " (--overwrite-if-exists renders over it); try 'tap-service-3'\n"
    )
    assert sorted(path.name for path in output.iterdir()) == ["tap-service", "tap-service-2"]


@pytest.mark.parametrize(("given", "value"), [("aws_region", "Frankfurt"), ("alarm_email", "me")])
def test_what_a_person_means_is_not_guessed_without_a_terminal(
    cookiecutter: Command, output: Path, given: str, value: str
) -> None:
    run = cookiecutter("--no-input", f"{given}={value}", "verify=no", output=output)
    assert run.returncode == 1
    assert run.stderr.startswith(f"Error: {given} '{value}' is not ")
    assert list(output.iterdir()) == []


def test_a_terminal_shows_complete_labels(environment: dict[str, str], output: Path) -> None:
    """Prompts are rich markup, which would remove square brackets in a label."""
    _, screen = on_a_terminal(environment, output, typed_answers())
    shown = " ".join(screen.split())
    for question, prompt in answers.questions()["__prompts__"].items():
        labels = prompt.values() if isinstance(prompt, dict) else [prompt]
        for label in labels:
            assert label in shown, question
