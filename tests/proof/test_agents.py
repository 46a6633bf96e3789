"""AGENTS.md, of this repository and of projects, names what exists, and is not stale."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from local_extensions.answers import TEMPLATE_ROOT
from tap_project import agents as command
from tools import agents


def test_both_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert agents.main([]) == 0, capsys.readouterr().err


def test_this_repositorys_file_names_folders_that_exist() -> None:
    text = agents.of_template()
    named = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", text, re.MULTILINE)
    paths = [path for cell in named for path in re.findall(r"`([^`]+)`", cell)]
    folders = [path for path in paths if not path.startswith("make ")]
    assert len(folders) >= 10
    assert not [path for path in folders if not (TEMPLATE_ROOT / path).exists()]
    assert "| `make seal` |" in text


@pytest.mark.parametrize(
    "given", [{}, {"api": "none", "ci": "none", "environments": "live"}], ids=["default", "worker"]
)
def test_a_projects_file_is_true_for_its_answers(
    bake: Callable[..., Path], given: dict[str, str]
) -> None:
    project = bake(**given)
    assert command.main(["--check"], project) == 0
    text = (project / "AGENTS.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 120
    layout = re.findall(
        r"^\| ((?:`[^`]+`(?:, )?)+) \|", text.partition(command.BEGIN)[0], re.MULTILINE
    )
    paths = [path for cell in layout for path in re.findall(r"`([^`]+)`", cell)]
    linked = re.findall(r"\]\(([^)]+)\)", text)
    assert len(paths) > 10
    assert not [path for path in [*paths, *linked] if not (project / path).exists()]
    listed = set(re.findall(r"`make ([a-z-]+)", text))
    assert listed >= {"check", "add", "changes", "rules"}
    assert listed <= {target for target, _ in command.commands(*project.glob("tap_project/*.mk"))}


def test_a_new_command_makes_the_file_stale(
    bake: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = bake()
    for name in ("AGENTS.md", *command.MAKEFILES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((source / name).read_text("utf-8"), encoding="utf-8")
    with (tmp_path / "Makefile").open("a", encoding="utf-8") as file:
        file.write("\nreport: ## write the report (A|B)\n\t@true\n")
    assert command.main(["--check"], tmp_path) == 1
    line = "AGENTS.md differs from make help or make rules; try: make agents\n"
    assert capsys.readouterr().err == line
    assert command.main([], tmp_path) == 0
    assert "| `make report` | write the report (A/B) |" in (tmp_path / "AGENTS.md").read_text(
        "utf-8"
    )
    assert command.main(["--check"], tmp_path) == 0


def test_the_owners_part_is_kept_and_a_missing_file_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--check"], tmp_path) == 0
    assert command.replaced(f"a\n{command.BEGIN}\nold\n{command.END}\nb\n", "new") == "a\nnew\nb\n"
    (tmp_path / "AGENTS.md").write_text("mine\n", encoding="utf-8")
    for name in command.MAKEFILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert command.main(["--check"], tmp_path) == 1
    assert "restore them, or delete it" in capsys.readouterr().err
