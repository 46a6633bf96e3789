"""The documentation site: `python -m tools.site stage` and `check`, which `make docs` runs.

`stage` writes the sources of the site to build/docs: the pages of the repository, and one page for
each rule, so that `rules/TAP302/` is an address. Links to pages lead to their place on the site,
links to other files to the repository; a link to nothing is an error.

`check` reads the built pages: every link and anchor leads somewhere, and nothing is loaded from
another host.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from local_extensions.answers import TEMPLATE_ROOT
from tools import rules

BUILD = TEMPLATE_ROOT / "build"
REPOSITORY = "https://github.com/org/tap-template"
PUBLISHED = "https://org.github.io/tap-template"
SOURCE, SITE = BUILD / "docs", BUILD / "site"
# The page of the site for each page of the repository that is outside docs/.
PAGES = {
    "README.md": "index.md",
    "examples/model_response/README.md": "example.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
# The order of the navigation; other pages of docs/ follow.
FIRST = ("guardrails", "rules/index", "example")
LAST = ("contributing", "security", "changelog")
RULES = "docs/rules.md"
FENCE = re.compile(r"^ *(```|~~~)")
LINK = re.compile(r"(?<!\\)(\]\()([^)\s]+)(\))|(\b(?:src|srcset|href)=\")([^\"]+)(\")")
CODE = re.compile(r"`[^`]*`")
PICTURE = re.compile(
    r"<picture>\s*<source[^>]*dark[^>]*srcset=\"([^\"]+)\"[^>]*>\s*"
    r"<img([^>]*?)src=\"([^\"]+)\"([^>]*)>\s*</picture>"
)
MERMAID = re.compile(r"```mermaid\n.*?\n```", re.DOTALL)
SCHEMES = ("https:", "http:", "mailto:")
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "srcset", "link": "href"}
# Pictures, and not the recordings that they are drawn from.
PICTURES = {".png", ".svg"}
# Links of <link> that a browser doesn't load.
NOT_LOADED = {"index", "search", "next", "prev", "canonical", "author", "copyright"}


class BrokenLinkError(Exception):
    """A page has links to nothing. The message has one line for each."""


def pages() -> dict[str, str]:
    """Return the page of the site for each Markdown page of the repository, by path."""
    docs = sorted((TEMPLATE_ROOT / "docs").glob("*.md"))
    own = {f"docs/{page.name}": page.name for page in docs}
    return {**PAGES, **own, RULES: "rules/index.md"}


def staged() -> Iterator[tuple[str, str]]:
    """Yield name and text of each source of the site.

    Raises:
        BrokenLinkError: a link of a page leads to no file, or to no heading.
    """
    problems: list[str] = []
    found = pages()
    for path, name in found.items():
        if path != RULES:
            text = (TEMPLATE_ROOT / path).read_text(encoding="utf-8")
            text = _translated(path, text, problems)
            yield name, text + (_contents(found.values()) if name == "index.md" else "")
    yield "rules/index.md", rules.index()
    for rule_id, text in rules.single_pages():
        yield f"rules/{rule_id}.md", f"---\norphan: true\n---\n{text}"
    if problems:
        raise BrokenLinkError("\n".join(problems))


def _contents(names: Iterable[str]) -> str:
    """Return the navigation, which Sphinx reads from the home page."""
    known = [name.removesuffix(".md") for name in names]
    middle = [name for name in known if name not in (*FIRST, *LAST, "index")]
    return "\n```{toctree}\n:hidden:\n" + "\n".join((*FIRST, *sorted(middle), *LAST)) + "\n```\n"


def _translated(path: str, text: str, problems: list[str]) -> str:
    """Return a page with links for the site; append what is broken to `problems`."""
    page = f"{REPOSITORY}/blob/main/{path}"
    text = MERMAID.sub(f"The diagram is drawn [on GitHub]({page}).", text)
    # The theme chooses by its switch, where GitHub follows the system.
    text = PICTURE.sub(
        r'<img class="only-light"\2src="\3"\4><img class="only-dark"\2src="\1"\4>', text
    )
    lines, code = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            code = not code
        elif not code:
            line = _linked(path, line, f"{path}:{number}", problems)
        lines.append(line)
    return "\n".join(lines) + "\n"


def _linked(path: str, line: str, place: str, problems: list[str]) -> str:
    quoted = [match.span() for match in CODE.finditer(line)]

    def replaced(match: re.Match[str]) -> str:
        if any(start <= match.start() < end for start, end in quoted):
            return match.group()
        before, target, after = (group for group in match.groups() if group is not None)
        try:
            found = target_on_site(path, target)
            # Sphinx leaves HTML as it is, and a page is a folder of the site.
            if before.startswith("src") and found.startswith("images/"):
                found = "../" * (pages()[path] != "index.md") + found
            return f"{before}{found}{after}"
        except BrokenLinkError as error:
            problems.append(f"{place}: {error}")
            return match.group()

    return LINK.sub(replaced, line)


def target_on_site(path: str, target: str) -> str:
    """Return where a link of a page leads on the site.

    Args:
        path: the page, as a path in the repository.
        target: the link, as written.

    Raises:
        BrokenLinkError: the repository has no such file, or the page no such heading.
    """
    if target.startswith(SCHEMES):
        return target
    file, _, anchor = target.partition("#")
    found = (TEMPLATE_ROOT / path).parent / unquote(file) if file else TEMPLATE_ROOT / path
    found = found.resolve()
    if not found.exists() or not found.is_relative_to(TEMPLATE_ROOT):
        raise BrokenLinkError(f"{target} leads to no file of the repository")
    name = found.relative_to(TEMPLATE_ROOT).as_posix()
    if anchor and found.suffix == ".md" and anchor not in anchors(found):
        raise BrokenLinkError(f"{target} leads to no heading")
    depth = "../" * pages().get(path, "").count("/")
    if name == RULES and re.fullmatch(r"tap\d{3}", anchor):
        return f"{depth}rules/{anchor.upper()}.md"
    if name in pages():
        return f"{depth}{pages()[name]}" + (f"#{anchor}" if anchor else "")
    if name.startswith("docs/images/"):
        return f"{depth}{name.removeprefix('docs/')}"
    if name.startswith("docs/explorer"):
        # Sphinx knows no page of that name; the navigation has a relative link.
        return f"{PUBLISHED}/explorer/"
    kind = "tree" if found.is_dir() else "blob"
    return f"{REPOSITORY}/{kind}/main/{quote(name)}" + (f"#{anchor}" if anchor else "")


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a Markdown page's headings, as GitHub names them, and its own."""
    found: list[str] = []
    code = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if FENCE.match(line):
            code = not code
        if code:
            continue
        found += re.findall(r"<a (?:id|name)=\"([^\"]+)\"", line)
        if match := re.match(r"#+ +(.*)", line):
            text = re.sub(r"<[^>]+>|\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1))
            name = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
            found.append(f"{name}-{found.count(name)}" if name in found else name)
    return frozenset(found)


def stage(target: Path = SOURCE) -> int:
    """Write the sources of the site, and return how many pages these are."""
    shutil.rmtree(target, ignore_errors=True)
    count = 0
    for name, text in staged():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        count += 1
    pictures = [
        file
        for file in sorted((TEMPLATE_ROOT / "docs" / "images").iterdir())
        if file.suffix in PICTURES
    ]
    for folder in (target / "images", target / "_extra" / "images"):
        folder.mkdir(parents=True)
        for picture in pictures:
            shutil.copy(picture, folder)
    (target / "_static").mkdir()
    shutil.copy(TEMPLATE_ROOT / "tools" / "docs" / "site.css", target / "_static")
    if (explorer := TEMPLATE_ROOT / "docs" / "explorer").is_dir():
        shutil.copytree(explorer, target / "_extra" / "explorer")
    return count


class _Page(HTMLParser):
    """Collects the links, anchors and loaded files of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        target = given.get(LOADED.get(tag, ""), "")
        if target and not (tag == "link" and NOT_LOADED & set(given.get("rel", "").split())):
            self.loaded.append(target.split()[0])


def problems_of(site: Path = SITE) -> Iterator[str]:
    """Yield each broken link of the built site, and each file that is loaded from elsewhere."""
    read: dict[Path, _Page] = {}
    for file in sorted(site.rglob("*.html")):
        if file.relative_to(site).parts[0] != "explorer":
            read[file] = _Page(file.read_text(encoding="utf-8"))
    if not read:
        raise FileNotFoundError(f"no page in {site}; try: make docs")
    for file, page in read.items():
        place = file.relative_to(site).as_posix()
        for target in page.loaded:
            if urlsplit(target).netloc:
                yield f"{place}: loads {target}"
        for target in (*page.links, *page.loaded):
            address = urlsplit(target)
            if address.scheme or address.netloc:
                continue
            found = (file.parent / unquote(address.path)).resolve() if address.path else file
            found = found / "index.html" if found.is_dir() else found
            if not found.is_file():
                yield f"{place}: {target} leads to no file"
            elif found in read and unquote(address.fragment) not in read[found].anchors:
                yield f"{place}: {target} leads to no anchor"
    for file in sorted(site.rglob("*.css")):
        for target in re.findall(r"(?:url\(|@import )[\"']?(https?:)?//[^)\"']+", file.read_text()):
            yield f"{file.relative_to(site).as_posix()}: loads {target}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Stage or check the site; return 1 if something is broken."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("step", choices=("stage", "check"))
    given = parser.parse_args(arguments)
    try:
        if given.step == "stage":
            print(f"{SOURCE.relative_to(TEMPLATE_ROOT)}: {stage()} pages.")
            return 0
        problems = list(problems_of())
    except (BrokenLinkError, FileNotFoundError) as error:
        problems = [str(error)]
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    if not problems:
        count = len(list(SITE.rglob("*.html")))
        print(f"{SITE.relative_to(TEMPLATE_ROOT)}/index.html: {count} pages, no broken link.")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
