"""Pictures of pages in a browser: `make readme ARGS=--screens`.

They depend on the machine's fonts, so that no test compares them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local_extensions.answers import TEMPLATE_ROOT
from proof.browser import CHROMIUM, browser

IMAGES = TEMPLATE_ROOT / "docs" / "images"
EXPLORER = TEMPLATE_ROOT / "docs" / "explorer" / "index.html"
SITE = TEMPLATE_ROOT / "build" / "site"
VARIANT = "#api=http&api_auth=cognito&worker=sqs"
# With the default project.
COMPARED = "#api_auth=cognito&worker=sqs&with=0000000"
# The longest file, in bytes: a reader loads several.
LIMIT = 150 * 1024


@dataclass(frozen=True)
class Screen:
    """A picture of a page.

    Args:
        name: of the file in docs/images.
        page: a file, opened without a server.
        state: its query and fragment.
        width, height: of the window, in pixels.
        scale: pixels of the picture for one of the window.
        dark: whether the reader prefers dark pages.
        top: the selector of the element to which the page is scrolled.
        ready: an expression in JavaScript that is true once the page shows what it should.
    """

    name: str
    page: Path
    state: str = ""
    width: int = 1280
    height: int = 900
    scale: float = 1
    dark: bool = False
    top: str = "body"
    ready: str = "true"


SCREENS = (
    Screen("explorer-light.png", EXPLORER, VARIANT, width=1240, height=740),
    Screen("explorer-dark.png", EXPLORER, VARIANT, width=1240, height=740, dark=True),
    Screen(
        "explorer-compare.png",
        EXPLORER,
        COMPARED,
        width=1240,
        height=840,
        dark=True,
        scale=0.85,
        top="#command",
    ),
    Screen("explorer-phone.png", EXPLORER, VARIANT, width=390, height=844),
    Screen("site-rule.png", SITE / "rules" / "TAP302" / "index.html", width=1040, height=700),
    Screen(
        "site-search.png",
        SITE / "search" / "index.html",
        "?q=dead-letter+queue",
        width=1040,
        height=700,
        ready="document.querySelectorAll('#search-results li').length > 3",
    ),
)
WAIT = """new Promise((go, stop) => {{
  const last = Date.now() + 10000;
  const look = () => {{
    if ({ready}) go(true);
    else if (Date.now() > last) stop(new Error("the page is not ready"));
    else setTimeout(look, 50);
  }};
  look();
}})"""


def made() -> Iterator[Path]:
    """Write each picture, and yield its file.

    Raises:
        FileNotFoundError: there is no Chromium, or no built site.
        ValueError: a picture is too large.
    """
    if CHROMIUM is None:
        raise FileNotFoundError("no chromium; install it for pictures of pages")
    missing = next((each.page for each in SCREENS if not each.page.is_file()), None)
    if missing is not None:
        raise FileNotFoundError(f"no {missing.relative_to(TEMPLATE_ROOT)}; try: make docs")
    with tempfile.TemporaryDirectory() as home, browser(Path(home)) as tab:
        for each in SCREENS:
            tab.open(each.page, each.state, width=each.width, height=each.height, dark=each.dark)
            tab.run(WAIT.format(ready=each.ready))
            tab.run(f"scrollTo(0, document.querySelector('{each.top}').offsetTop - 12)")
            file = IMAGES / each.name
            tab.screenshot(file, each.scale)
            if file.stat().st_size > LIMIT:
                raise ValueError(f"{each.name} has more than {LIMIT // 1024} KiB")
            yield file
