"""Counts and pictures of README.md follow from the repository; `make readme` writes them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from pathlib import Path

import pytest

from local_extensions import answers
from local_extensions.answers import TEMPLATE_ROOT
from proof import dependencies, seed_faults, variants
from tap_guardrails.pages import documented
from tools.readme import __main__ as readme
from tools.readme import architecture, recording, refusal, runs, screens, terminal, themes
from tools.readme import variants as map_
from tools.readme.faults import FAULTS

STALE = "is stale; try: make readme"
WORDS, TAGS = re.compile(r"<tspan[^>]*>|</tspan>"), re.compile(r"<[^>]+>")


def picture(name: str) -> str:
    return (readme.IMAGES / name).read_text(encoding="utf-8")


def label(question: str) -> str:
    """Return a question as cookiecutter asks it."""
    text = answers.questions()["__prompts__"][question]
    return str(text["__prompt__"] if isinstance(text, dict) else text)


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


def test_pictures_of_the_default_project_are_up_to_date(
    bake: Callable[..., Path], warm_synth: Callable[..., Path]
) -> None:
    project = bake()
    dependencies.link(project, "3.14")
    outputs = dict(runs.texts(project, warm_synth))
    assert outputs.keys() == runs.COMMANDS.keys()
    for name, text in outputs.items():
        assert runs.file(name).read_text(encoding="utf-8") == text, f"{name}.txt {STALE}"
    template = readme.production(project)
    recorded = f"tap-service-prod ({len(template['Resources'])} resources)"
    assert recorded in picture("generation.svg"), f"{STALE} ARGS='--record generation'"
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


@pytest.mark.parametrize("name", recording.ALL)
def test_a_recording_is_drawn_from_its_text(name: str) -> None:
    cast = recording.ALL[name].cast.read_text(encoding="utf-8")
    assert picture(f"{name}.svg") == terminal.of_cast(cast), f"{name}.svg {STALE}"
    header, _ = terminal.cast(cast)
    assert header["command"] == recording.ALL[name].command


@pytest.mark.parametrize("name", runs.COMMANDS)
def test_an_output_is_drawn_completely(name: str) -> None:
    assert picture(f"{name}.svg") == runs.picture(name), f"{name}.svg {STALE}"
    drawn = unescape(TAGS.sub(" ", picture(f"{name}.svg"))).split()
    assert [each for each in runs.file(name).read_text("utf-8").split() if each not in drawn] == []


def test_the_refusal_is_drawn_from_its_text() -> None:
    text = readme.REFUSAL.read_text(encoding="utf-8")
    assert picture("refusal.svg") == refusal.picture(text), f"refusal.svg {STALE}"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "generation",
            [
                "Built, and not deployed yet",
                "tap-service is verified",
                "Open",
                "make deploy ENV=dev",
            ],
        ),
        (
            "questions",
            [
                "is taken: ~/services/invoices exists",
                "is not kebab-case; try 'invoice-import'",
                "eu-central-1 is Europe (Frankfurt)",
                "Without an API the next question is ignored: press Enter.",
                *(label(each) for each in answers.asked()),
            ],
        ),
    ],
)
def test_a_recording_shows_this_template(name: str, lines: list[str]) -> None:
    """Changed questions and results need a new recording: `make readme ARGS=--record`."""
    shown = unescape(WORDS.sub("", picture(f"{name}.svg")))
    assert [each for each in lines if each not in shown] == []


def test_pictures_load_nothing_and_have_a_text_alternative() -> None:
    files = sorted(readme.IMAGES.glob("*.svg"))
    assert len(files) >= 8
    for file in files:
        content = file.read_text(encoding="utf-8")
        assert not re.findall(r"(?:href|src)=|@import|url\((?!#)", content), file.name
        assert "<title" in content


def test_every_picture_is_shown_and_small() -> None:
    pages = "".join(
        page.read_text(encoding="utf-8")
        for page in (readme.README, *(TEMPLATE_ROOT / "docs").glob("*.md"))
    )
    files = {file for file in readme.IMAGES.iterdir() if file.suffix in (".png", ".svg")}
    assert {each.name for each in screens.SCREENS} <= {file.name for file in files}
    for file in files:
        assert f"images/{file.name}" in pages, f"{file.name} is not shown"
        assert file.stat().st_size <= screens.LIMIT, f"{file.name} is large"


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


# Two prompts of cookiecutter's, of which the first is asked again.
PROMPTS = """
for prompt in (
    "  [1/19] Name of the service (one): ",
    "  [1/19] Name of the service (two): ",
    "  [2/19] Slug \\x1b[1m(tap)\\x1b[0m: ",
):
    print("got", repr(input(prompt)))
"""


def talk(typed: Mapping[str, Sequence[str]], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(recording, "READING_SECONDS", 0.1)
    ours, theirs = os.openpty()
    command = [sys.executable, "-S", "-c", PROMPTS]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        try:
            return "".join(text for _, text in recording.conversation(ours, typed))
        finally:
            os.close(ours)


def test_a_question_that_is_asked_again_is_answered_with_the_next_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = talk({"project_name": ["Bad", "Good"]}, monkeypatch)
    assert re.findall("got '(.*)'", shown) == ["Bad", "Good", ""]


def test_an_answer_that_is_not_asked_for_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match=r"not asked for.*Slow"):
        talk({"project_slug": ["", "Slow"]}, monkeypatch)
