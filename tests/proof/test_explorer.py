"""docs/explorer/index.html shows the template as it is, to everyone."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from proof import variants
from proof.browser import CHROMIUM, Page, browser
from proof.variants import Variant
from tests.support.axe_core import axe
from tools.explorer import data, pages
from tools.explorer.__main__ import PAGE

LIMIT = 3 * 1024 * 1024
COMPARED = "#api=http&worker=schedule&network=nat&with=0000000"
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with")


@pytest.fixture(scope="module")
def text() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shown(text: str) -> data.Json:
    return data.of_page(text)


@pytest.mark.parametrize("variant", variants.all_pairs(), ids=str)
def test_the_page_is_up_to_date(shown: data.Json, variant: Variant) -> None:
    """Any other variant has no answers that these don't have in pairs."""
    now = pages.of_variant(dict(variant.infrastructure))
    found = data.facts_of(shown, variant)
    for name in data.FACTS[:-1]:
        expected = [list(each) for each in getattr(now, name)]
        assert found[name] == expected, f"{PAGE.name} is out of date; try: make explorer"


def test_the_page_is_the_template_with_its_data(text: str, shown: data.Json) -> None:
    assert data.page(shown) == text, "try: make explorer"


def test_the_page_has_every_variant_and_change(shown: data.Json) -> None:
    assert set(shown["variants"]) == {data.key(each) for each in variants.product()}
    assert shown["options"] == data.options()
    for question, values in data.options().items():
        assert len(shown["changes"][question]) == len(values) * (len(values) - 1)


def test_the_page_is_small_and_self_contained(text: str) -> None:
    assert len(text.encode()) < LIMIT
    assert not re.findall(r"""(?:src|href)=(?!"data:,")|url\((?!#)|@import""", text)


def test_every_node_has_a_place_of_its_own(shown: data.Json) -> None:
    places = dict(re.findall(r"(\w+): (\[[\d.]+, [\d.]+\])", data.TEMPLATE.read_text("utf-8")))
    for listed in shown["sets"]["nodes"]:
        nodes = [shown["facts"]["nodes"][number][0] for number in listed]
        assert len({places[node] for node in nodes}) == len(nodes)


def run_of(*chosen: Variant, verdict: str = "proven") -> dict[str, Any]:
    rows = [
        {"id": each.id, "verdict": verdict, "production": {"AWS::SQS::Queue": 2}} for each in chosen
    ]
    machine = {"ended": "2026-01-02T03:04:05+00:00", "aws-cdk-lib": "2.1.0"}
    return {"machine": machine, "variants": len(rows), "proven": len(rows), "rows": rows}


def test_verdicts_are_those_of_the_run() -> None:
    first, second, third = variants.product()[:3]
    run = run_of(first)
    run["rows"] += run_of(second, verdict="failed")["rows"]
    found = data.joined([first, second, third], run, {})
    verdicts = [found["variants"][data.key(each)][-1] for each in (first, second, third)]
    assert verdicts == [data.PROVEN, data.FAILED, data.UNKNOWN]
    assert data.facts_of(found, first)["types"] == [["AWS::SQS::Queue", 2]]
    assert data.facts_of(found, third)["types"] == []
    assert found["run"]["ended"] == "2026-01-02"


def test_without_a_run_the_verdicts_of_the_former_page_stay() -> None:
    first, second = variants.product()[:2]
    former = data.joined([first], run_of(first), {})
    found = data.joined([first, second], None, {}, copy.deepcopy(former))
    assert found["run"] == former["run"]
    assert found["variants"][data.key(first)] == former["variants"][data.key(first)]
    assert found["variants"][data.key(second)][-1] == data.UNKNOWN


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("home")) as page:
        yield page


@needs_chromium
def test_a_link_shows_its_variant(tab: Page, shown: data.Json) -> None:
    tab.open(PAGE, "#api=none&worker=sqs&network=existing")
    command = "cookiecutter gh:org/tap-template api=none worker=sqs network=existing"
    assert tab.run("document.getElementById('command').textContent") == command
    given = {**dict(variants.default().infrastructure), "api": "none", "worker": "sqs"}
    answers = {**given, "network": "existing"}
    key = "".join(str(v.index(answers[q])) for q, v in shown["options"].items())
    usd = sum(
        shown["facts"]["costs"][n][2] for n in shown["sets"]["costs"][shown["variants"][key][4]]
    )
    assert f"{usd:.2f}" in tab.run("document.getElementById('figures').textContent")
    assert tab.requests == [f"file://{PAGE}#api=none&worker=sqs&network=existing".split("#")[0]]


@needs_chromium
def test_everything_can_be_done_with_the_keyboard(tab: Page) -> None:
    tab.open(PAGE)
    tab.press("Tab")
    tab.press("ArrowRight")  # from REST to HTTP
    assert tab.run("location.hash") == "#api=http"
    assert "api=http" in tab.run("document.getElementById('command').textContent")
    tab.run("document.getElementById('start').focus()")
    tab.press("Enter")
    assert tab.run("document.activeElement.id") == "stop"
    tab.run("document.querySelector('[name=network]:checked').focus()")
    tab.press("ArrowRight")
    assert "with endpoints → VPC with NAT" in tab.run(
        "document.getElementById('differences').textContent"
    )
    tab.run("document.getElementById('stop').focus()")
    tab.press("Enter")
    assert tab.run("document.getElementById('compare').hidden") is True


@needs_chromium
def test_answers_that_the_template_refuses_can_not_be_chosen(tab: Page) -> None:
    tab.open(PAGE, "#api=none&worker=none")
    assert tab.run("document.querySelectorAll('input:checked').length") == len(data.options())
    assert tab.run("location.hash") == ""
    tab.open(PAGE, "#api=none")
    disabled = "[...document.querySelectorAll('input:disabled')].map(i => i.name + '=' + i.value)"
    assert tab.run(disabled) == ["api_auth=iam", "api_auth=cognito", "worker=none"]


@needs_chromium
def test_a_comparison_marks_what_differs(tab: Page) -> None:
    tab.open(PAGE, COMPARED)
    rows = "[...document.querySelectorAll('#costs tr.new td:first-child')].map(c => c.textContent)"
    assert tab.run(rows) == ["NAT gateways", "public IPv4 addresses"]
    assert "+36.50" in tab.run("document.getElementById('figures').textContent")
    assert tab.run("document.querySelectorAll('#drawing .new').length") > 0
    assert "is deleted" in tab.run("document.getElementById('differences').textContent")
    tab.run("document.getElementById('swap').click()")
    assert tab.run("document.querySelectorAll('#costs tr.gone').length") == 2


@needs_chromium
def test_the_command_is_copied(tab: Page) -> None:
    tab.open(PAGE, "#audit_trail=false")
    tab.run("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    tab.run("document.getElementById('copy').click()")
    assert tab.run("window.copied") == "cookiecutter gh:org/tap-template audit_trail=no"
    assert tab.run("document.getElementById('copy').textContent") == "Copied"


@needs_chromium
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_axe_reports_nothing(tab: Page, width: int, dark: bool) -> None:
    tab.open(PAGE, COMPARED, width=width, dark=dark)
    tab.run("document.querySelector('details').open = true")
    tab.run(axe())
    found = "violations.map(v => [v.id, v.nodes.map(n => n.html)])"
    passed, violations = tab.run(f"axe.run().then(r => [r.passes.length, r.{found}])")
    assert passed > 20
    assert violations == []
    # Only the picture scrolls sideways.
    assert tab.run("document.documentElement.scrollWidth") <= width
