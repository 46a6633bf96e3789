"""The documentation site has a page for each rule, and no link of a page is broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_extensions.answers import TEMPLATE_ROOT
from tap_guardrails import REPOSITORY, SITE
from tap_guardrails.pages import documented
from tap_guardrails.rule import page_of
from tools import site

PICTURE = re.compile(r"(?<=[(\"])images/[\w-]+\.(?:png|svg)")


@pytest.fixture(scope="module")
def staged() -> dict[str, str]:
    # Every link is resolved while the pages are read.
    return dict(site.staged())


def test_every_page_of_the_docs_is_on_the_site(staged: dict[str, str]) -> None:
    pages = {page.name for page in (TEMPLATE_ROOT / "docs").glob("*.md")} - {"rules.md"}
    assert {"decisions.md", "guardrails.md"} <= pages
    assert pages <= staged.keys()
    navigation = staged["index.md"].split("```{toctree}")[1]
    for name in staged.keys() - {"index.md"}:
        alone = name.startswith("rules/TAP")
        assert (name.removesuffix(".md") in navigation.split()) != alone, name


def test_each_rule_has_the_address_that_findings_link(staged: dict[str, str]) -> None:
    for rule_id, rule in documented().items():
        assert page_of(rule_id) == f"{SITE}/rules/{rule_id}/"
        text = staged[f"rules/{rule_id}.md"]
        assert f"\n# {rule_id}: {rule.title}\n" in text
        assert f"[{rule_id}]({rule_id}.md)" in staged["rules/index.md"]
    assert not page_of("OWN101")


def test_links_lead_to_the_site_or_to_the_repository() -> None:
    translated = {
        "docs/rules.md#tap302": "rules/TAP302.md",
        "docs/decisions.md": "decisions.md",
        "#guardrails-for-any-cdk-app": "index.md#guardrails-for-any-cdk-app",
        "docs/explorer/index.html": f"{SITE}/explorer/",
        "proof": f"{REPOSITORY}/tree/main/proof",
        "Makefile": f"{REPOSITORY}/blob/main/Makefile",
        "https://example.com": "https://example.com",
    }
    assert {link: site.target_on_site("README.md", link) for link in translated} == translated


def test_every_picture_of_a_page_is_on_the_site(staged: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "docs"
    assert site.stage(target) == len(staged)
    shown = {name for text in staged.values() for name in PICTURE.findall(text)}
    assert {".png", ".svg"} <= {Path(name).suffix for name in shown}
    missing = [name for name in sorted(shown) if not (target / name).is_file()]
    assert not missing


def test_pictures_in_html_are_relative_to_the_folder_of_their_page(staged: dict[str, str]) -> None:
    assert 'src="images/explorer-light.png"' in staged["index.md"]
    assert 'src="../images/explorer-light.png"' in staged["tour.md"]
    assert "(images/cost.svg)" in staged["tour.md"]  # Markdown, which Sphinx adapts


@pytest.mark.parametrize("link", ["docs/none.md", "#none", "docs/rules.md#tap999", "../other"])
def test_a_broken_link_is_an_error(link: str) -> None:
    with pytest.raises(site.BrokenLinkError, match=link):
        site.target_on_site("README.md", link)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="other/">', "index.html: other/ leads to no file"),
        ('<a href="#none">', "index.html: #none leads to no anchor"),
        ('<a href="page/#none">', "index.html: page/#none leads to no anchor"),
        ('<script src="https://cdn.example/a.js">', "index.html: loads https://cdn.example/a.js"),
        ('<img src="a.png">', "index.html: a.png leads to no file"),
        ('<a href="page/#here">', None),
        ('<a href="https://example.com">', None),
    ],
)
def test_built_pages_are_checked(tmp_path: Path, body: str, problem: str | None) -> None:
    (tmp_path / "index.html").write_text(body, encoding="utf-8")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text('<p id="here">', encoding="utf-8")
    assert list(site.problems_of(tmp_path)) == ([problem] if problem else [])
    (tmp_path / "fonts.css").write_text("@import 'https://fonts.example/a.css'", encoding="utf-8")
    assert any(line.startswith("fonts.css: loads ") for line in site.problems_of(tmp_path))
