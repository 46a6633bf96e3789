"""Chromium for tests and pictures of pages, over the pipe of its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--remote-debugging-pipe",
)
# Chromium reads from file 3, and writes to file 4.
START = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])
os.dup2(read, 3)
os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
# What a key types, for `Input.dispatchKeyEvent`.
KEYS = {"ArrowRight": 39, "ArrowDown": 40, "Enter": 13, " ": 32, "Tab": 9}


class Page:
    """One tab of a browser."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = os.fdopen(read, "rb"), os.fdopen(write, "wb")
        self._last, self._session = 0, ""
        self.requests: list[str] = []

    def start(self) -> None:
        """Open the tab."""
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        attached = self._send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self._send(f"{domain}.enable")

    def open(
        self,
        file: Path,
        state: str = "",
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
    ) -> None:
        """Show a file in a window of this size, in pixels, and wait until it is loaded."""
        self._send("Emulation.setScrollbarsHidden", hidden=True)
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._send("Emulation.setEmulatedMedia", features=[scheme])
        # A changed fragment alone would not load the page again.
        self._send("Page.navigate", url="about:blank")
        self.requests = []
        self._send("Page.navigate", url=f"file://{file}{state}")
        self.run("document.readyState === 'complete' || new Promise(go => onload = () => go(true))")

    def run(self, expression: str) -> Any:
        """Return the value of an expression in the page; a promise is awaited.

        Raises:
            AssertionError: it raises an exception.
        """
        done = self._send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def screenshot(self, file: Path, scale: float = 1) -> None:
        """Write a picture of the window as PNG, once the page is drawn."""
        self.run("new Promise(go => requestAnimationFrame(() => setTimeout(() => go(true), 300)))")
        x, y, width, height = self.run("[scrollX, scrollY, innerWidth, innerHeight]")
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": scale}
        file.write_bytes(base64.b64decode(self._send("Page.captureScreenshot", clip=clip)["data"]))

    def press(self, key: str) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            text = (
                {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
            )
            self._send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code="Space" if key == " " else key,
                windowsVirtualKeyCode=KEYS[key],
                **(text if kind == "keyDown" else {}),
            )

    def close(self) -> None:
        """Close the pipe, which ends the browser."""
        self._write.close()
        self._read.close()

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        self._write.flush()
        while True:
            answer = json.loads(self._message())
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("id") == self._last:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result

    def _message(self) -> bytes:
        found = bytearray()
        while (byte := self._read.read(1)) != b"\0":
            assert byte, "the browser ended"
            found += byte
        return bytes(found)


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """Start Chromium with its profile in a folder, and end it afterwards."""
    assert CHROMIUM is not None
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    with subprocess.Popen(
        [
            *(sys.executable, "-c", START, str(theirs_in), str(theirs_out)),
            *(CHROMIUM, *FLAGS, f"--user-data-dir={folder}"),
        ],
        pass_fds=(theirs_in, theirs_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs_in)
        os.close(theirs_out)
        page = Page(ours_in, ours_out)
        try:
            page.start()
            yield page
        finally:
            page.close()
            process.wait(timeout=30)
