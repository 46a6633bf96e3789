"""Three-way merges of pages with parts that `make picture` writes."""

from pathlib import Path

import pytest

from lifecycle.merge import GENERATED, merge
from tap_project.picture.page import CLOSE, OPEN, PARTS


def page(*rows: str, text: str = "Text.") -> str:
    table = "\n".join(["| alarm |", "|---|", *rows])
    return f"{text}\n\n{OPEN.format('alarms')}\n\n{table}\n\n{CLOSE.format('alarms')}\n"


def merged(folder: Path, mine: str, old: str, new: str) -> tuple[str, list[str]]:
    """Return a merged page, and the files with conflicts."""
    for name, text in (("mine", mine), ("old", old), ("new", new)):
        (folder / name).mkdir()
        (folder / name / "page.md").write_text(text, encoding="utf-8")
    result = merge(folder / "mine", folder / "old", folder / "new")
    return result.edits.changed.get("page.md", mine), result.conflicts


@pytest.mark.parametrize(
    ("mine", "expected"),
    [
        (page("| a |", "| b |"), page("| a |", "| c |", text="New text.")),
        (page("| a |", "| mine |"), page("| a |", "| mine |", text="New text.")),
        (page("| a |", "| b |") + "Mine.\n", page("| a |", "| c |", text="New text.") + "Mine.\n"),
    ],
    ids=["as rendered", "drawn anew", "with other edits"],
)
def test_a_drawn_part_has_no_conflict(tmp_path: Path, mine: str, expected: str) -> None:
    old, new = page("| a |", "| b |"), page("| a |", "| c |", text="New text.")
    assert merged(tmp_path, mine, old, new) == (expected, [])


def test_only_a_drawn_part_differs(tmp_path: Path) -> None:
    mine = page("| mine |")
    assert merged(tmp_path, mine, page("| a |"), page("| b |")) == (mine, [])


def test_other_text_conflicts_as_before(tmp_path: Path) -> None:
    _, conflicts = merged(
        tmp_path, page("| a |", text="Mine."), page("| a |"), page("| a |", text="New text.")
    )
    assert conflicts == ["page.md"]


def test_the_marks_are_those_of_the_command() -> None:
    for part in PARTS:
        text = f"{OPEN.format(part)}\n\n| a |\n\n{CLOSE.format(part)}"
        assert GENERATED.fullmatch(text), part
