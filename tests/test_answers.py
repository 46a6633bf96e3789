"""The rules on answers, and the literals that answers are rendered as."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import botocore.loaders
import pytest
import yaml
from markdown_it import MarkdownIt

from local_extensions import answers, literals
from tests.conftest import Bake

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
]

NOT_ONE_ADDRESS = "is neither empty nor one address like on-call@example.com"
REFUSED = {
    "project_name": {
        "": "project_name '' is empty",
        "n" * 51: f"project_name {'n' * 51!r} has 51 characters; 50 is the most",
        "two\nlines": "project_name 'two\\nlines' holds the unprintable character U+000A;"
        " try 'two lines'",
        "right\u202eleft": "project_name 'right\\u202eleft' holds the unprintable character U+202E;"
        " try 'right left'",
        "{{ x": "project_name '{{ x' holds '{{', which would be taken for template code",
        "a {% b": "project_name 'a {% b' holds '{%', which would be taken for template code",
        "a {# b": "project_name 'a {# b' holds '{#', which would be taken for template code",
    },
    "project_slug": {
        "": "project_slug '' is not kebab-case",
        "My_Service": "project_slug 'My_Service' is not kebab-case; try 'my-service'",
        "a--b-c": "project_slug 'a--b-c' is not kebab-case; try 'a-b-c'",
        "café-": "project_slug 'café-' is not kebab-case; try 'cafe'",
        "../evil": "project_slug '../evil' is not kebab-case; try 'evil'",
        "3d-printer": "project_slug '3d-printer' does not begin with a letter; try 'd-printer'",
        "ab": "project_slug 'ab' has 2 characters, not 3 to 32",
        "a" * 33: f"project_slug {'a' * 33!r} has 33 characters, not 3 to 32; try {'a' * 32!r}",
        "con": "project_slug 'con' is the name of a device on Windows, where no folder can have it;"
        " try 'con-service'",
        "com1": "project_slug 'com1' is the name of a device on Windows, where no folder can have"
        " it; try 'com1-service'",
        "sthree-data": "project_slug 'sthree-data' would begin bucket names with 'sthree-', which"
        " S3 keeps for itself",
        "amzn-s3-demo": "project_slug 'amzn-s3-demo' would begin bucket names with"
        " 'amzn-s3-demo-', which S3 keeps for itself",
        "aws-cdk-lib": "project_slug 'aws-cdk-lib' is the name of a package that the project"
        " depends on; try 'aws-cdk-lib-service'",
    },
    "description": {
        "": "description '' is empty",
        "d" * 201: f"description '{'d' * 59}...{'d' * 9}' has 201 characters; 200 is the most",
        "tab\there": "description 'tab\\there' holds the unprintable character U+0009;"
        " try 'tab here'",
    },
    "owner": {
        "": "owner '' is empty",
        "R&D": "owner 'R&D' holds '&', which an AWS tag can't hold; try 'R-D'",
        "aws:team": "owner 'aws:team' begins with 'aws:', which AWS keeps for itself; try 'team'",
        "o" * 65: f"owner {'o' * 65!r} has 65 characters; 64 is the most",
    },
    "alarm_email": {
        value: f"alarm_email {value!r} {NOT_ONE_ADDRESS}{try_}"
        for value, try_ in (
            ("nobody", ""),
            ("a@localhost", ""),
            ("a..b@example.com", ""),
            ("Ann <ann@example.com>", "; try 'ann@example.com'"),
            ("a@example.com, b@example.com", "; try 'a@example.com'"),
            (f"{'a' * 65}@example.com", ""),
        )
    }
    | {
        f"a@{'b.' * 50}example": f"alarm_email 'a@{'b.' * 28}b...b.example' has 109"
        " characters; 100 is the most",
    },
    "aws_region": {
        "": "aws_region '' is not a region of aws, aws-us-gov, aws-cn",
        "us-east": "aws_region 'us-east' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'us-east-1'",
        "EU_Central_1": "aws_region 'EU_Central_1' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'eu-central-1'",
        "aws-global": "aws_region 'aws-global' is not a region of aws, aws-us-gov, aws-cn",
        "us-iso-east-1": "aws_region 'us-iso-east-1' is not a region of aws, aws-us-gov, aws-cn;"
        " try 'us-gov-east-1'",
    },
    "environments": {
        "": "environments '' names no environment; try 'dev,prod'",
        "dev,,prod": "environments 'dev,,prod' holds an empty name; try 'dev,prod'",
        "dev,Prod": "environments 'dev,Prod' holds 'Prod', which is not kebab-case; try 'dev,prod'",
        "dev prod": "environments 'dev prod' holds 'dev prod', which is not kebab-case;"
        " try 'dev-prod'",
        "dev;prod": "environments 'dev;prod' holds 'dev;prod', which is not kebab-case;"
        " try 'dev-prod'",
        "dev,dev": "environments 'dev,dev' names 'dev' more than once; try 'dev'",
        "e" * 17: f"environments {'e' * 17!r} holds {'e' * 17!r}: 17 characters; 16 is the most;"
        f" try {'e' * 16!r}",
        ",".join("abcdefghi"): "environments 'a,b,c,d,e,f,g,h,i' names 9 environments;"
        " 8 is the most",
    },
}


def defaults() -> dict[str, object]:
    """Return the answers of someone who presses Enter, and doesn't want the project verified."""
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in answers.asked().items()
    } | {"project_slug": "tap-service", "verify": False}


def test_the_defaults_are_fine() -> None:
    assert answers.problems(defaults()) == []


@pytest.mark.parametrize(("question", "value"), ACCEPTED)
def test_a_good_answer_is_taken(question: str, value: str) -> None:
    assert answers.problem(question, {question: value}) is None


@pytest.mark.parametrize(
    ("question", "value", "line"),
    [(q, value, line) for q, table in REFUSED.items() for value, line in table.items()],
)
def test_a_bad_answer_gets_one_line(question: str, value: str, line: str) -> None:
    assert str(answers.problem(question, {question: value})) == line


def test_every_free_answer_has_a_rule_and_a_refusal() -> None:
    free = {name for name, value in answers.asked().items() if isinstance(value, str)}
    assert set(answers.RULES) == set(REFUSED) == free


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
    assert str(problem).endswith("is not one of endpoints, nat, none; try 'endpoints'")


@pytest.mark.parametrize("value", ["yes", "true", 1, None])
def test_a_boolean_is_true_or_false(value: object) -> None:
    line = f"audit_trail {value!r} is neither true nor false; try 'true'"
    assert str(answers.problem("audit_trail", {"audit_trail": value})) == line


def test_text_is_text() -> None:
    assert str(answers.problem("owner", {"owner": 7})) == "owner 7 is not text; try '7'"


def test_a_missing_answer_is_named() -> None:
    given = defaults()
    del given["network"]
    lines = [str(problem) for problem in answers.problems(given)]
    assert lines == ["network None is missing; try 'endpoints'"]


def test_a_project_without_a_function_is_refused() -> None:
    line = (
        "worker 'none' leaves nothing to run without an API;"
        " a project needs at least one function; try 's3'"
    )
    given = defaults() | {"api": "none", "worker": "none"}
    assert [str(problem) for problem in answers.problems(given)] == [line]


@pytest.mark.parametrize("region", answers.REGIONS["aws-cn"])
@pytest.mark.parametrize("api", ["rest", "http"])
def test_cognito_is_refused_where_there_are_no_user_pools(api: str, region: str) -> None:
    line = f"api_auth 'cognito' needs a Cognito user pool, which {region} does not have; try 'iam'"
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
def test_who_may_call_is_not_refused_elsewhere(given: dict[str, str]) -> None:
    assert answers.problems(defaults() | given) == []


def test_blanks_that_mean_nothing_are_dropped() -> None:
    assert answers.normalised("environments", " dev , prod ") == "dev,prod"
    assert answers.normalised("owner", " a team ") == "a team"


def test_what_was_not_normalised_is_refused() -> None:
    given = {"environments": "dev, prod"}
    line = "environments 'dev, prod' holds blanks that mean nothing; try 'dev,prod'"
    assert str(answers.problem("environments", given)) == line


def test_no_suggestion_is_refused_in_turn() -> None:
    suggested = 0
    for question, table in REFUSED.items():
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


def test_every_locked_package_is_no_slug() -> None:
    """A project that bears the name of one of its dependencies can't be locked."""
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
        # A name that CloudFormation makes up for a role or a function has 64 characters, 13 of
        # them random: the stack's name should fit whole.
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
    """Return the table and a fixed random sample of what a formatter may trip over."""
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


def test_environments_partition_and_production_are_told() -> None:
    assert literals.environment_names("dev,pre-prod,prod") == ["dev", "pre-prod", "prod"]
    productive = [
        name for name in ("dev", "pre-prod", "prod", "production") if literals.is_production(name)
    ]
    assert productive == ["prod", "production"]
    regions = ("eu-west-1", "us-gov-east-1", "cn-northwest-1")
    assert [literals.partition(region) for region in regions] == ["aws", "aws-us-gov", "aws-cn"]


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) <= 50])
def test_a_rendered_project_reads_the_answers_back(bake: Bake, text: str) -> None:
    owner = "-: @+= " + "".join(c for c in text if answers.may_stand_in_a_tag(c)).strip()
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
    """Read a file by its type; tell whether its type is known here."""
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
