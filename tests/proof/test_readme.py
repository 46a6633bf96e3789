"""Counts and pictures of README.md follow from the repository; `make readme` writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from local_extensions import answers
from local_extensions.answers import TEMPLATE_ROOT
from proof import dependencies, seed_faults, variants
from tap_guardrails.pages import documented
from tools.readme import __main__ as readme
from tools.readme import architecture, recording, refusal, terminal, themes
from tools.readme import variants as map_
from tools.readme.faults import FAULTS

STALE = "is stale; try: make readme"
WORDS = re.compile(r"<tspan[^>]*>|</tspan>")


def picture(name: str) -> str:
    return (readme.IMAGES / name).read_text(encoding="utf-8")


def test_the_figures_are_up_to_date() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert readme.written(text) == text, f"README.md {STALE}"


def test_a_stale_figure_and_a_missing_mark_are_noticed() -> None:
    text = readme.README.read_text(encoding="utf-8")
    stale = text.replace(f"{len(variants.product())} infrastructure", "7 infrastructure")
    assert stale != text
    assert readme.written(stale) == text
    with pytest.raises(ValueError, match="has the marks"):
        readme.written(text.replace("<!-- counts of make readme -->", ""))


def test_the_pages_count_questions_and_variants() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert f"[{len(answers.asked())} questions](docs/questions.md)" in text
    page = (TEMPLATE_ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    assert f"**{len(variants.product())} infrastructure variants**" in page
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == answers.asked().keys()


def test_every_seed_fault_has_a_check_and_rules() -> None:
    assert [fault.id for fault in FAULTS] == sorted(seed_faults.CHECKS)
    assert {rule for fault in FAULTS for rule in fault.rules} <= documented().keys()
    assert all(fault.rules for fault in FAULTS)


def test_pictures_of_the_default_stack_are_up_to_date(
    bake: Callable[..., Path], warm_synth: Callable[..., Path], tmp_path: Path
) -> None:
    project = bake()
    dependencies.link(project, "3.14")
    (file,) = warm_synth(project, tmp_path / "out").glob("*-prod.template.json")
    template = json.loads(file.read_text(encoding="utf-8"))
    found = dict(readme.synthesized(template))
    assert len(found) == 4
    for name, text in found.items():
        assert picture(name) == text, f"docs/images/{name} {STALE}"
    counts = {each["Type"]: 1 for each in template["Resources"].values()}
    with pytest.raises(architecture.StaleError, match=r"no box shows AWS::Kinesis::Stream"):
        architecture.picture({**counts, "AWS::Kinesis::Stream": 1}, themes.LIGHT)
    del counts["AWS::KMS::Key"]
    with pytest.raises(architecture.StaleError, match=r"has no AWS::KMS::Key"):
        architecture.picture(counts, themes.LIGHT)


@pytest.mark.parametrize("theme", themes.THEMES)
def test_the_map_has_a_cell_of_the_right_colour_for_each_variant(theme: str) -> None:
    product = variants.product()
    cells = re.findall(
        rf'width="{map_.CELL - 2}" height[^>]* fill="(#\w+)"', picture(f"variants-{theme}.svg")
    )
    # The legend follows the cells, which are in the order of the product.
    assert len(cells) == len(product) + len(themes.LIGHT.scale)
    for number in range(0, len(product), 97):
        usd = map_.monthly_usd(product[number])
        assert cells[number] == map_.colour(usd, themes.THEMES[theme]), (
            f"variants-{theme}.svg {STALE}"
        )


def test_recordings_are_drawn_from_their_text() -> None:
    cast = recording.CAST.read_text(encoding="utf-8")
    assert picture("generation.svg") == terminal.of_cast(cast), f"generation.svg {STALE}"
    text = readme.REFUSAL.read_text(encoding="utf-8")
    assert picture("refusal.svg") == refusal.picture(text), f"refusal.svg {STALE}"


def test_the_recording_shows_this_template() -> None:
    """A changed result screen needs a new recording: `make readme ARGS=--record`."""
    shown = WORDS.sub("", picture("generation.svg"))
    for line in (
        "Built, and not deployed yet",
        "tap-service is verified",
        "Open",
        "make deploy ENV=dev",
    ):
        assert line in shown
    header, _ = terminal.cast(recording.CAST.read_text(encoding="utf-8"))
    assert header["command"] == recording.COMMAND


def test_pictures_load_nothing_and_have_a_text_alternative() -> None:
    files = sorted(readme.IMAGES.glob("*.svg"))
    assert len(files) >= 8
    text = readme.README.read_text(encoding="utf-8")
    for file in files:
        content = file.read_text(encoding="utf-8")
        assert not re.findall(r"(?:href|src)=|@import|url\((?!#)", content), file.name
        assert "<title" in content
        assert f"docs/images/{file.name}" in text, f"{file.name} is not shown"


def test_a_line_that_is_printed_over_ends() -> None:
    events = [
        (0.0, "one 1 s"),
        (1.0, "\r\x1b[Kone 2 s"),
        (2.0, "\r\x1b[K\x1b[32mdone\x1b[0m\r\n"),
        (2.1, "two\r\n"),
    ]
    lines = terminal.lines_of(events)
    assert [(line.row, line.text, line.start, line.end) for line in lines] == [
        (0, "one 1 s", 0.0, 1.0),
        (0, "one 2 s", 1.0, 2.0),
        (0, "\x1b[32mdone\x1b[0m", 2.0, None),
        (1, "two", pytest.approx(2.1), None),
    ]
    drawn = terminal.svg(lines, "title", "<text>")
    assert '<tspan class="g">done</tspan>' in drawn
    assert "&lt;text&gt;" in drawn
