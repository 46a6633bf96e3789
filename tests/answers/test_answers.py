"""Checks of answers, and the literals that answers are rendered as."""

from __future__ import annotations

import ast
import json
import random
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.loaders
import click
import pytest
import yaml
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from jinja2 import FileSystemLoader
from markdown_it import MarkdownIt

from local_extensions import answers, literals
from proof.warm_kernel import WarmProcess
from tests.answers.invalid_answers import INVALID_ANSWERS
from tests.conftest import Bake
from tests.support.defaults import defaults

LONGEST_SLUG = "a" * answers.SLUG_LENGTHS[1]
LONGEST_ENVIRONMENT = "e" * answers.ENVIRONMENT_LENGTH

ACCEPTED = [
    ("project_name", "Tap Service"),
    ("project_name", "x"),
    ("project_name", "n" * 50),
    ("project_name", 'Ключ "№ 1" \\ 日本 #1: 100 % {x}'),
    ("project_slug", "tap-service"),
    ("project_slug", "abc"),
    ("project_slug", LONGEST_SLUG),
    ("project_slug", "infra"),
    ("project_slug", "tests"),
    ("description", "d" * 200),
    ("owner", "Équipe plateforme 7: _.:/=+-@"),
    ("owner", "o" * 64),
    ("alarm_email", ""),
    ("alarm_email", "first.last+alarms@mail.example.co.uk"),
    ("alarm_email", "o'brien@xn--bcher-kva.example"),
    *[("aws_region", region) for region in ("eu-central-1", "us-gov-west-1", "cn-north-1")],
    ("environments", "prod"),
    ("environments", "dev,test,pre-prod,prod"),
    ("environments", ",".join("abcdefgh")),
    ("environments", LONGEST_ENVIRONMENT),
    ("environments", "no,null,true,on,off,yes,y,n"),
    ("environments", "dev-eu,dev,prod,prod-eu"),
    ("environments", "dev-pipeline,prod"),
]


def test_defaults_are_accepted() -> None:
    assert answers.problems(defaults()) == []


@pytest.mark.parametrize(("question", "value"), ACCEPTED)
def test_a_valid_answer_is_accepted(question: str, value: str) -> None:
    assert answers.problem(question, {question: value}) is None


@pytest.mark.parametrize(
    ("question", "value", "line"),
    [(q, value, line) for q, table in INVALID_ANSWERS.items() for value, line in table.items()],
)
def test_an_invalid_answer_is_rejected_in_one_line(question: str, value: str, line: str) -> None:
    assert str(answers.problem(question, {question: value})) == line


def test_every_free_text_question_has_a_rule_and_a_rejection() -> None:
    free = {name for name, value in answers.asked().items() if isinstance(value, str)}
    assert set(answers.RULES) == set(INVALID_ANSWERS) == free


@pytest.mark.parametrize(
    "question", [name for name, value in answers.asked().items() if isinstance(value, list)]
)
def test_a_choice_is_one_of_its_values(question: str) -> None:
    values = answers.asked()[question]
    assert len(values) > 1
    for value in values:
        assert answers.problem(question, {question: value}) is None
    listed = ", ".join(values)
    line = f"{question} 'no such value' is not one of {listed}"
    assert str(answers.problem(question, {question: "no such value"})) == line


def test_a_mistyped_choice_gets_a_suggestion() -> None:
    problem = answers.problem("network", {"network": "endpoint"})
    assert str(problem).endswith("is not one of endpoints, nat, existing, none; try 'endpoints'")


@pytest.mark.parametrize("value", ["yes", "true", 1, None])
def test_a_boolean_is_true_or_false(value: object) -> None:
    line = f"audit_trail {value!r} is neither true nor false; try 'true'"
    assert str(answers.problem("audit_trail", {"audit_trail": value})) == line


@pytest.mark.parametrize(
    ("question", "value", "line"),
    [
        ("owner", 7, "owner 7 is not text; try '7'"),
        ("owner", None, "owner None is not text; put quotes around it in YAML"),
        ("environments", False, "environments False is not text; put quotes around it in YAML"),
        (
            "environments",
            ["dev", "prod"],
            "environments ['dev', 'prod'] is a list, not text; try 'dev,prod'",
        ),
        ("alarm_email", ["a@b.org", "c@d.org"], "alarm_email ['a@b.org', 'c@d.org'] is a list,"
         " not text"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_text_is_rejected(question: str, value: object, line: str) -> None:
    assert str(answers.problem(question, {question: value})) == line


def test_a_missing_answer_is_named() -> None:
    given = defaults()
    del given["network"]
    lines = [str(problem) for problem in answers.problems(given)]
    assert lines == ["network None is missing; try 'endpoints'"]


def test_a_project_without_a_function_is_rejected() -> None:
    line = (
        "worker 'none' leaves no function without an API;"
        " a project needs at least one function; try 's3'"
    )
    given = defaults() | {"api": "none", "worker": "none"}
    assert [str(problem) for problem in answers.problems(given)] == [line]


@pytest.mark.parametrize("region", answers.REGIONS["aws-cn"])
@pytest.mark.parametrize("api", ["rest", "http"])
def test_cognito_is_rejected_where_there_are_no_user_pools(api: str, region: str) -> None:
    line = f"api_auth 'cognito' needs a Cognito user pool, which {region} does not offer; try 'iam'"
    given = defaults() | {"aws_region": region, "api": api, "api_auth": "cognito"}
    assert [str(problem) for problem in answers.problems(given)] == [line]


@pytest.mark.parametrize(
    "given",
    [
        {"aws_region": "cn-north-1", "api_auth": "iam"},
        {"aws_region": "cn-north-1", "api": "none", "api_auth": "cognito"},
        {"aws_region": "us-gov-west-1", "api_auth": "cognito"},
    ],
)
def test_valid_authorization_is_accepted(given: dict[str, str]) -> None:
    assert answers.problems(defaults() | given) == []


def test_surrounding_blanks_are_stripped() -> None:
    assert answers.normalised("environments", " dev , prod ") == "dev,prod"
    assert answers.normalised("owner", " a team ") == "a team"


def test_an_answer_that_is_not_normalised_is_rejected() -> None:
    given = {"environments": "dev, prod"}
    line = "environments 'dev, prod' contains unnecessary spaces; try 'dev,prod'"
    assert str(answers.problem("environments", given)) == line


def test_every_suggestion_is_accepted() -> None:
    suggested = 0
    for question, table in INVALID_ANSWERS.items():
        for value in table:
            problem = answers.problem(question, {question: value})
            assert problem is not None
            if problem.suggestion is not None:
                suggested += 1
                assert answers.problem(question, {question: problem.suggestion}) is None
    assert suggested > 10


def test_the_regions_are_those_of_botocore() -> None:
    partitions = botocore.loaders.Loader().load_data("partitions")["partitions"]
    known = {
        partition["id"]: sorted(r for r in partition["regions"] if not r.endswith("-global"))
        for partition in partitions
        if partition["id"] in answers.REGIONS
    }
    assert known == answers.REGIONS


def test_a_slug_that_names_a_locked_package_is_rejected() -> None:
    """A project with the name of one of its dependencies can't be locked."""
    packages = answers.locked_packages()
    assert {"aws-cdk-lib", "cdk-nag", "jsii", "constructs"} <= packages


@pytest.mark.parametrize(
    ("suffix", "limit"),
    [
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
        ("", 128),
        # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
        ("-trail", 128),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
        ("-dashboard", 255),
        # A name that CloudFormation generates for a role or a function has 64 characters, 13 of
        # them random: the complete stack name should fit.
        ("-", 64 - 13),
    ],
)
def test_the_longest_names_fit(suffix: str, limit: int) -> None:
    stack = f"{LONGEST_SLUG}-{LONGEST_ENVIRONMENT}"
    assert len(stack + suffix) <= limit


HOSTILE = [
    "plain",
    "it's",
    'say "hi"',
    "both ' and \"",
    "'''",
    '"""',
    'ends with "',
    "ends with \\",
    "back\\slash \\n \\u0041",
    "#hash",
    "key: value",
    "- dash",
    "-- dashes",
    "1. one",
    "+ plus",
    "= equals",
    "> quote",
    "`code` *star* _low_ __dunder__ a_b ~~no~~ [a](b) <b>&amp;&copy; | $x$ $(x) ${x} %s",
    "![image](x) !important",
    "100 %",
    "yes",
    "null",
    "3.14",
    "2026-11-22",
    "~",
    "{x: 1}",
    "@at",
    "!tag",
    "&anchor",
    "*alias",
    "%directive",
    "Ünïcödé 日本 🚀 №",
    "\u201ccurly\u201d \u2018quotes\u2019 \u2026",
]


def hostile_samples() -> list[str]:
    """Return the table, and a fixed random sample of text that may confuse a formatter."""
    chance = random.Random(20)
    pieces = ["'", '"', "\\", "a", " ", "#", "é", "{", "}", "_", "*", "`", "<", "&", "n"]
    made = ("".join(chance.choices(pieces, k=chance.randint(1, 9))).strip() for _ in range(400))
    return [*HOSTILE, *(text for text in made if text)]


@pytest.mark.parametrize(
    ("render", "read"),
    [
        pytest.param(literals.python_string, ast.literal_eval, id="python"),
        pytest.param(literals.json_string, json.loads, id="json"),
        pytest.param(literals.yaml_string, yaml.safe_load, id="yaml"),
        pytest.param(
            literals.toml_string, lambda text: tomllib.loads(f"x = {text}")["x"], id="toml"
        ),
    ],
)
def test_a_literal_reads_back_as_the_answer(
    render: Callable[[str], str], read: Callable[[str], object]
) -> None:
    for text in [*hostile_samples(), "control \x7f\x1f\u2028 characters"]:
        assert read(render(text)) == text


@pytest.mark.parametrize("before", ["", "# ", "Text, ", "| "], ids=repr)
def test_markdown_shows_the_answer(before: str) -> None:
    shown = MarkdownIt("gfm-like", {"linkify": False})
    for text in hostile_samples():
        tokens = shown.parse(before + literals.markdown_text(text))
        inline = [token for token in tokens if token.type == "inline"]
        assert len(inline) == 1, (text, tokens)
        children = inline[0].children or []
        assert {child.type for child in children} <= {"text"}, text
        prefix = before if before != "# " else ""
        assert "".join(child.content for child in children) == f"{prefix}{text}".strip(), text


def test_python_literals_are_formatted(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    lines = [f"x = {literals.python_string(text)}\n" for text in hostile_samples()]
    module.write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "--diff"]
    diff = subprocess.run([*command, str(module)], capture_output=True, text=True, check=False)
    assert (diff.returncode, diff.stdout) == (0, "")


def test_environments_and_partition_are_derived() -> None:
    assert literals.environment_names("dev,pre-prod,prod") == ["dev", "pre-prod", "prod"]
    regions = ("eu-west-1", "us-gov-east-1", "cn-northwest-1")
    assert [literals.partition(region) for region in regions] == ["aws", "aws-us-gov", "aws-cn"]


PRODUCTION = "prod production live prd prod-eu live-us-1 prd-2 production-x-y".split()
NOT_PRODUCTION = (
    "dev preprod pre-prod nonprod non-prod produce livestream prods live2 alive".split()
)


@pytest.mark.parametrize("name", PRODUCTION)
def test_production_names_are_production(name: str) -> None:
    assert literals.is_production(name)


@pytest.mark.parametrize("name", NOT_PRODUCTION)
def test_names_similar_to_production_are_not_production(name: str) -> None:
    assert not literals.is_production(name)


def test_answers_settings_and_guardrails_agree_on_production() -> None:
    project = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER
    for file in ("infra/environment/__init__.py", "tap_guardrails/rules/data.py"):
        source = (project / file).read_text(encoding="utf-8")
        assert f'PRODUCTION = re.compile(r"{answers.PRODUCTION.pattern}"' in source, file


def pipelines(project: Path) -> dict[str, dict[str, Any]]:
    """Return the deploy jobs by environment."""
    file = project / ".gitlab-ci.yml"
    file = file if file.is_file() else project / ".github/workflows/deploy.yml"
    parsed = yaml.safe_load(file.read_text(encoding="utf-8"))
    jobs = parsed.get("jobs", parsed)
    deploying = [job for name, job in jobs.items() if str(name).startswith("deploy-")]
    named = [(job["environment"], job) for job in deploying]
    return {name["name"] if isinstance(name, dict) else name: job for name, job in named}


def requires_approval(job: dict[str, Any]) -> bool:
    """Return whether a job waits for an approval."""
    if "rules" in job:
        return any(rule.get("when") == "manual" for rule in job["rules"])
    return any("required_reviewers" in step.get("run", "") for step in job["steps"])


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_pipelines_require_an_approval_for_production(bake: Bake, ci: str) -> None:
    names = ["dev", "prod-eu", "preprod", "live-us-1", "prd", "live", "prod", "livestream"]
    project = bake(environments=",".join(names), ci=ci)
    jobs = pipelines(project)
    assert {name for name, job in jobs.items() if requires_approval(job)} == set(names) & set(
        PRODUCTION
    )
    assert jobs.keys() == set(names)
    settings = (project / "infra/settings.py").read_text(encoding="utf-8")
    assert settings.count("        production=True,\n") == 5


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_names_with_a_meaning_in_yaml_stay_names(bake: Bake, ci: str) -> None:
    names = ["no", "null", "true", "on", "off", "yes", "y", "prod"]
    project = bake(environments=",".join(names), ci=ci)
    assert list(pipelines(project)) == names
    for job in pipelines(project).values():
        assert all(isinstance(name, str) for name in job.get("variables", {}).values())
        assert isinstance(job.get("resource_group", ""), str)
    if ci == "github":
        command = [sys.executable, "-m", "tap_project.environments", "--matrix"]
        matrix = subprocess.run(command, cwd=project, check=True, capture_output=True).stdout
        assert [row["environment"] for row in json.loads(matrix)] == names


def test_every_reserved_word_of_yaml_is_quoted() -> None:
    resolved = ("yes", "no", "on", "off", "true", "false", "null")
    for word in ("dev", "e3", "o7", "inf", "nan", *resolved, *literals.YAML_WORDS):
        assert yaml.safe_load(literals.yaml_name(word)) == word
    assert literals.yaml_name("y") == '"y"'  # YAML 1.1 has it, though PyYAML does not
    assert literals.yaml_name("dev") == "dev"


SIMILAR_TO_CODE = "arn:aws:iam::1:role/x dummy1a vpc-12345 Fn::GetStackOutput"


def test_answers_that_read_like_code_cause_no_findings(bake: Bake, warm_synth: WarmProcess) -> None:
    project = bake(
        project_slug="dummy1-app",
        owner=SIMILAR_TO_CODE,
        description="A wrapper around aws-cdk-lib>=2,<3, see arn:aws:s3:::x and ${AWS::Region}",
        alarm_email="arn+aws-cdk-lib@vpc-12345.example.com",
        environments="dev-eu,dev,live,prod-eu",
    )
    warm_synth(project)
    assert "Guardrails" in warm_synth.plugins
    manifest = json.loads((project / "cdk.out/manifest.json").read_text(encoding="utf-8"))
    stacks = {n: a for n, a in manifest["artifacts"].items() if a["type"].endswith(":stack")}
    protected = {n for n, a in stacks.items() if a["properties"].get("terminationProtection")}
    assert protected == {"dummy1-app-live", "dummy1-app-prod-eu"}
    assert {a["properties"]["tags"]["Owner"] for a in stacks.values()} == {SIMILAR_TO_CODE}


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) <= 50])
def test_a_rendered_project_reads_the_answers_back(bake: Bake, text: str) -> None:
    owner = "-: @+= " + "".join(c for c in text if answers.is_tag_character(c)).strip()
    project = bake(project_name=text, project_slug="hostile", description=text, owner=owner.strip())
    configured = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert configured["description"] == text
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse((project / "infra/settings.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    assert constants["OWNER"] == owner.strip()
    checked = [check_syntax(file) for file in project.rglob("*") if file.is_file()]
    assert checked.count(True) > 20


def test_answers_of_any_script_pass_the_projects_own_linter(bake: Bake) -> None:
    text = "\u043e\u0441\u0430 \u2018a\u2019 \u2013 '\"\\ " + "x" * 80
    project = bake(project_name=text[:50], project_slug="hostile", description=text, owner=text[:3])
    for command in (["check"], ["format", "--diff"]):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout


def check_syntax(file: Path) -> bool:
    """Parse a file by its type; return whether its type is supported."""
    readers: dict[str, Callable[[str], object]] = {
        ".py": ast.parse,
        ".toml": tomllib.loads,
        ".json": json.loads,
        ".yml": lambda text: list(yaml.compose_all(text)),
        ".yaml": lambda text: list(yaml.compose_all(text)),
    }
    reader = readers.get(file.suffix)
    if reader is not None:
        reader(file.read_text(encoding="utf-8"))
    return reader is not None


# Text with a special meaning to a parser, a shell, a browser, CloudFormation, or a rule.
DANGEROUS = [
    *("'", '"', "`", "\\", "\\n", "%s", "%", "$(id)", "${x}", "$$", ";", "&&", "|", "<", ">"),
    *("#", "-", "- ", "---", ": ", "*", "&a", "!x", "@", "?", ",", "[", "]", "{", "}", "()"),
    *("{{", "}}", "{%", "%}", "{#", "#}", "{{ 1/0 }}", "{% raw %}", "{{x}}", "\n", "\r", "\t"),
    *("\x00", "\x1b[31m", "\u202e", "\u200b", "\ufeff", "\U0001f680", "\u0130", "\u00e9"),
    *("no", "null", "true", "1e3", "0x1f", ".5", "~", "2026-01-01", "NaN", "__import__('os')"),
    *(
        "<script>",
        "</b>",
        "[a](b)",
        "![a](b)",
        "| a |",
        "```",
        "~~~",
        "# a",
        "1. a",
        "&lt;",
        "\\\n",
    ),
    *("../../etc/passwd", "/etc", "C:\\", "con", "a/b", ".", "..", "~root", "-rf", "--help"),
    *("arn:aws:iam::1:role/x", "aws:x", "dummy1a", "vpc-12345", "aws-cdk-lib", "Fn::Sub"),
    *("https://a.example/?b=c&d", "a@b.example", "prod", "live-x", "prod_eu", "x" * 300, ""),
]
FREE = [question for question, default in answers.asked().items() if isinstance(default, str)]


def hostile_inputs() -> list[tuple[str, str]]:
    """Return each text for alternating questions: alone, before, after or within an answer."""
    made: list[tuple[str, str]] = []
    for number, piece in enumerate(DANGEROUS):
        for question in FREE[number % 2 :: 2]:
            shapes = (piece, f"{piece}a", f"a{piece}", f"a{piece}b")
            made.append((question, shapes[(number // 2 + len(made)) % len(shapes)]))
    return made


class InProcess:
    """Render files with free-text answers as cookiecutter does, without writing them."""

    def __init__(self) -> None:
        root = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER
        questions = re.compile(rf"cookiecutter\.({'|'.join(FREE)})\b")
        texts = {
            file: file.read_text(encoding="utf-8")
            for file in (root / "README.md", root / "pyproject.toml", root / "infra/settings.py",
                         root / "infra/stack.py", root / "docs/operations.md",
                         answers.TEMPLATE_ROOT / "templates/license/MIT",
                         answers.TEMPLATE_ROOT / "templates/ci/gitlab.yml",
                         answers.TEMPLATE_ROOT / "templates/ci/github-deploy.yml")
        }  # fmt: skip
        self.texts = {file: text for file, text in texts.items() if questions.search(text)}
        self.source = (answers.TEMPLATE_ROOT / "cookiecutter.json").read_text(encoding="utf-8")
        self._compiled: dict[Path, Any] = {}

    def __call__(self, question: str = "", **given: str) -> dict[Path, str]:
        """Return the rendered files that depend on one question; without a question, all files.

        Raises:
            click.ClickException: an answer was rejected.
        """
        questions = json.loads(self.source) | {"verify": False} | given
        context: dict[str, Any] = {"cookiecutter": questions}
        context["cookiecutter"] = prompt_for_config(context, no_input=True)
        environment = create_env_with_context(context)
        folder = environment.from_string(answers.PROJECT_FOLDER).render(**context)
        assert re.fullmatch(r"[a-z][a-z0-9-]*", folder)
        environment.loader = FileSystemLoader(answers.TEMPLATE_ROOT / "templates")
        if not self._compiled:
            self._environment = environment
            for file, text in self.texts.items():
                code = environment.compile(text, name=file.name)
                self._compiled[file] = environment.template_class.from_code(
                    environment, code, environment.make_globals(None)
                )
        return {
            file: each.render(**context)
            for file, each in self._compiled.items()
            if not question or f"cookiecutter.{question}" in self.texts[file]
        }


def structure(file: Path, text: str) -> object:
    """Return the structure of a file, without its texts."""
    if file.suffix == ".py":
        return [type(node).__name__ for node in ast.walk(ast.parse(text))]
    if file.suffix == ".toml":
        return sorted(_paths(tomllib.loads(text)))
    if file.suffix == ".yml":
        return sorted(_paths(yaml.safe_load(text)))
    if file.suffix == ".md":
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
        return [token.type for token in tokens]
    return text.count("\n")


def _paths(value: object, path: str = "") -> Iterator[str]:
    yield f"{path}: {type(value).__name__}"
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, f"{path}/{key}")


def test_a_hostile_answer_is_rejected_in_one_line_or_changes_no_files_structure() -> None:
    """A rendered text equals its answer, and no answer ends the literal that contains it."""
    render = InProcess()
    assert len(render.texts) >= 6
    expected = {file: structure(file, text) for file, text in render(**ORDINARY).items()}
    rejected, rendered = Counter[str](), Counter[str]()
    for question, value in hostile_inputs():
        answer = answers.normalised(question, value)
        # The subscription and the environments are part of the structure.
        structural = question == "environments" or (question == "alarm_email" and not answer)
        message, files = rejection_or_files(render, question, ORDINARY | {question: value})
        if message is not None:
            rejected[question] += 1
            assert re.fullmatch(rf"{question} .+", message), (question, value)
            continue
        rendered[question] += 1
        for file, text in files.items():
            found = structure(file, text)
            assert structural or found == expected[file], (question, value, file)
    assert (rejected + rendered).total() >= 150
    assert set(rejected) == set(FREE)
    assert set(rendered) >= {"project_name", "description", "owner"}


def rejection_or_files(
    render: InProcess, question: str, given: dict[str, str]
) -> tuple[str | None, dict[Path, str]]:
    """Return the one-line rejection of the answers, or the text that they are rendered to."""
    try:
        return None, render(question, **given)
    except click.ClickException as error:
        return error.message, {}


ORDINARY = {
    "project_slug": "hostile",
    "alarm_email": "a@example.com",
    "environments": "dev,prod",
}
