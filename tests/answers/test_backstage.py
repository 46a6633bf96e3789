"""Backstage's form has the questions of cookiecutter.json, and renders the same project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
import yaml

from local_extensions import answers
from local_extensions.answers import TEMPLATE_ROOT
from local_extensions.backstage import CONTENTS, NEEDED
from tools import backstage

SCHEMA = Path(__file__).with_name("backstage.schema.json")
Render = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def entity() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(backstage.FILE.read_text(encoding="utf-8"))
    return loaded


def fields(entity: dict[str, Any]) -> dict[str, dict[str, Any]]:
    pages = entity["spec"]["parameters"]
    return {name: field for page in pages for name, field in page["properties"].items()}


def test_the_form_is_up_to_date(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert backstage.main([]) == 0, capsys.readouterr().err
    assert backstage.main([], tmp_path / "template.yaml") == 1
    line = "template.yaml differs from cookiecutter.json; try: make seal\n"
    assert capsys.readouterr().err == line


def test_the_form_is_valid_in_backstage(entity: dict[str, Any]) -> None:
    validate = fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))
    validate(entity)
    broken: dict[str, Any]
    for broken in ({"kind": "Thing"}, {"metadata": {}}, {"spec": {**entity["spec"], "steps": 1}}):
        with pytest.raises(fastjsonschema.JsonSchemaValueException):
            validate({**entity, **broken})


def test_the_form_asks_every_question_with_its_default(entity: dict[str, Any]) -> None:
    asked = answers.asked()
    found = fields(entity)
    assert found.keys() - {"repoUrl"} == asked.keys() - backstage.FIXED.keys()
    for question in asked.keys() - backstage.FIXED.keys():
        default = asked[question]
        if isinstance(default, list):
            assert found[question]["enum"] == default
            assert len(found[question]["enumNames"]) == len(default)
        elif "default" in found[question]:
            assert found[question]["default"] == default
            assert answers.problem(question, {**asked, question: default}) is None
        else:
            assert question in {"project_slug", "alarm_email"}


def test_the_patterns_accept_what_the_template_accepts(entity: dict[str, Any]) -> None:
    found = fields(entity)
    for question in ("project_slug", "environments"):
        for value in ("orders", "my-orders", "My_Orders", "1st", "a,b", "a,,b", "a b"):
            accepted = answers.problem(question, {question: value}) is None
            matches = re.search(found[question]["pattern"], value) is not None
            long = len(value) >= found[question].get("minLength", 0)
            assert (matches and long) == accepted, (question, value)


@pytest.fixture
def render(entity: dict[str, Any], tmp_path: Path) -> Render:
    """Return a function that renders as scaffolder-backend-module-cookiecutter 0.3.27 does.

    The template is the folder {{cookiecutter and 'contents'}}; its cookiecutter.json, with the
    answers in place of the choices, is beside it; `undefined` answers leave a default as it is.
    """
    template = tmp_path / "template"
    contents = template / CONTENTS
    for part in NEEDED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(TEMPLATE_ROOT / part, contents / part, ignore=ignored)
    shutil.copy(TEMPLATE_ROOT / "cookiecutter.json", contents)
    shutil.copy(TEMPLATE_ROOT / "README.md", contents)

    def run(output: Path, **given: object) -> subprocess.CompletedProcess[str]:
        step = entity["spec"]["steps"][0]["input"]
        form = {
            name: field["default"] for name, field in fields(entity).items() if "default" in field
        }
        values = {**form, **given, **backstage.FIXED}
        assert values.keys() <= step["values"].keys()
        written = {
            **answers.questions(),
            **values,
            "_copy_without_render": step["copyWithoutRender"],
            "_extensions": step["extensions"],
        }
        (template / "cookiecutter.json").write_text(json.dumps(written), encoding="utf-8")
        output.mkdir()
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "cookiecutter",
                "--no-input",
                "-o",
                output,
                template,
                "--verbose",
            ],
            cwd=tmp_path,
            env={
                **{name: os.environ[name] for name in os.environ if name != "PYTHONPATH"},
                "COOKIECUTTER_CONFIG": os.devnull,
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_backstage_renders_the_same_project(
    render: Render, bake: Callable[..., Any], tmp_path: Path
) -> None:
    given = {"project_name": "Orders", "api": "http", "worker": "sqs", "network": "none"}
    done = render(tmp_path / "out", **given)
    assert done.returncode == 0, done.stderr
    (project,) = (tmp_path / "out").iterdir()
    assert project.name == "orders"
    found, expected = files(project), files(bake(**given))
    record = json.loads(found.pop(".cruft.json"))
    assert (record["template"], record["commit"]) == ("https://github.com/org/tap-template", None)
    assert record["context"]["cookiecutter"]["worker"] == "sqs"
    expected.pop(".cruft.json")
    assert found == expected


def test_an_invalid_answer_is_rejected_in_backstage(render: Render, tmp_path: Path) -> None:
    done = render(tmp_path / "out", environments="dev,Prod")
    assert done.returncode == 1
    assert "Error: environments 'dev,Prod' contains 'Prod'" in done.stderr
    assert not list((tmp_path / "out").iterdir())
