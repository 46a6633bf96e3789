"""A browser for walks: Chromium, by the W3C WebDriver protocol, which chromedriver speaks.

Five commands are needed, and no package that downloads drivers or reports usage.
https://www.w3.org/TR/webdriver2/
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
DRIVER = "chromedriver"
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=900,640",
)
PATIENCE_SECONDS = 30


class Browser:
    """One session of a browser."""

    def __init__(self, driver: str, session: str) -> None:
        self._url = f"{driver}/session/{session}"

    def open(self, url: str) -> None:
        """Open a page."""
        self._send("POST", "/url", {"url": url})

    def click(self, selector: str) -> None:
        """Click an element, once it is visible."""
        self._send("POST", f"/element/{self._visible(selector)}/click", {})

    def fill(self, selector: str, text: str) -> None:
        """Replace the text of a field."""
        element = self._visible(selector)
        self._send("POST", f"/element/{element}/clear", {})
        self._send("POST", f"/element/{element}/value", {"text": text})

    def text(self, selector: str) -> str:
        """Return the text of an element, once it is visible."""
        return str(self._send("GET", f"/element/{self._visible(selector)}/text"))

    def wait(self, selector: str, wanted: str) -> None:
        """Wait until an element shows a text.

        Raises:
            AssertionError: it does not in time.
        """
        shown, deadline = "", time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                shown = self.text(selector)
            except RuntimeError:  # the page is being replaced
                shown = ""
            if wanted in shown:
                return
            time.sleep(0.1)
        raise AssertionError(f"{selector} shows {shown!r}, not {wanted!r}")

    def evaluate(self, script: str) -> Any:
        """Return the result of a script in the page."""
        return self._send("POST", "/execute/sync", {"script": f"return {script}", "args": []})

    def screenshot(self, file: Path) -> None:
        """Write a picture of the page as PNG."""
        file.write_bytes(base64.b64decode(self._send("GET", "/screenshot")))

    def _visible(self, selector: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self._send("POST", "/elements", {"using": "css selector", "value": selector})
            for each in found:
                if self._send("GET", f"/element/{each[ELEMENT]}/displayed"):
                    return str(each[ELEMENT])
            time.sleep(0.1)
        raise AssertionError(
            f"no visible {selector}; the page is: {self.evaluate('document.body.innerText')}"
        )

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        return send(method, f"{self._url}{path}", body)


def send(method: str, url: str, body: Any = None) -> Any:
    """Send a command of WebDriver, and return its value.

    Raises:
        RuntimeError: the browser refuses it.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(json.load(error)["value"]["message"].splitlines()[0]) from error


def is_installed() -> bool:
    """Return whether Chromium and its driver are installed."""
    return shutil.which("chromium") is not None and shutil.which(DRIVER) is not None


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium with an empty profile, and end it."""
    command = [DRIVER, "--port=0"]
    with (
        tempfile.TemporaryDirectory(prefix="browser-") as profile,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process,
    ):
        try:
            driver = f"http://127.0.0.1:{_port(process)}"
            options = {
                "binary": shutil.which("chromium"),
                "args": [*ARGUMENTS, f"--user-data-dir={profile}"],
            }
            wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
            session = send("POST", f"{driver}/session", wanted)["sessionId"]
            try:
                yield Browser(driver, session)
            finally:
                send("DELETE", f"{driver}/session/{session}")
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    if process.stdout is None:
        raise TypeError("the driver's output is not read")
    for line in process.stdout:
        found = re.search(r"started successfully on port (\d+)", line)
        if found is not None:
            return int(found[1])
    raise RuntimeError(f"{DRIVER} did not start")
