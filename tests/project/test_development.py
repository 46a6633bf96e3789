"""`make dev` and `make call`, as a developer uses them in a rendered project."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from proof import cold_process, dependencies
from proof.live import harness
from tests.conftest import Bake

# Long enough for a busy machine; each wait ends as soon as it can.
PATIENCE_SECONDS = 90
POLL_SECONDS = 0.1
# The installed environments of the tests, instead of one for each project.
INSTALLED = ["--old-file=install-dev", "--old-file=build/live/.installed"]

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("ps") is None, reason="make or ps is missing"
)


class Dev:
    """A running `make dev`, and `make call` in another terminal."""

    def __init__(self, project: Path, *arguments: str) -> None:
        self.project = project
        self.output = project.parent / "dev.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                self._command("dev", *arguments),
                cwd=project,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.printed("Ctrl-C ends everything")
        found = re.search(r"API +(http://127\.0\.0\.1:(\d+)/)", self.text())
        assert found is not None, self.text()
        self.url, self.port = found[1], int(found[2])

    def call(self, request: str, body: str = "") -> subprocess.CompletedProcess[str]:
        """Run `make call`."""
        return self.make("call", f"REQUEST={request}", *([f"BODY={body}"] if body else []))

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the project."""
        return subprocess.run(
            self._command(*arguments),
            cwd=self.project,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def answered(self, request: str, wanted: str, body: str = "") -> str:
        """Repeat a request until its answer contains a text, and return the answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self.call(request, body).stdout
            if wanted in answer:
                return answer
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"{wanted!r} is not in {answer!r}\n{self.text()}")

    def printed(self, wanted: str, after: int = 0) -> str:
        """Wait until `make dev` has printed a text, and return all that follows `after`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while wanted not in self.text()[after:]:
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, f"{wanted!r} is not in {self.text()}"
            time.sleep(POLL_SECONDS)
        return self.text()[after:]

    def text(self) -> str:
        """Return what it has printed."""
        return self.output.read_text(encoding="utf-8")

    def edit(self, file: str, old: str, new: str) -> int:
        """Replace a text in a file, and return the length of the output before."""
        before, path = len(self.text()), self.project / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return before

    def processes(self) -> set[int]:
        """Return make's process and all that descend from it."""
        found, parents = {self.process.pid}, living()
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def end(self, number: signal.Signals) -> None:
        """Send a signal to the foreground, as a terminal does, and wait for the end."""
        os.killpg(self.process.pid, number)
        self.process.wait(timeout=PATIENCE_SECONDS)

    def _command(self, *arguments: str) -> list[str]:
        variables = [f"BIN={Path(sys.executable).parent}", f"EMULATOR={harness.installed()}"]
        return ["make", *INSTALLED, *arguments, *variables]

    def _environment(self) -> dict[str, str]:
        temporary = self.project.parent / "temporary"
        temporary.mkdir(exist_ok=True)
        return {**cold_process.environment(), "TMPDIR": str(temporary)}


def living() -> dict[int, int]:
    """Return the parents of all processes, except those that have ended and wait for theirs."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


class Debugger:
    """A client of the Debug Adapter Protocol, as an editor has it.

    https://microsoft.github.io/debug-adapter-protocol/specification
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self._file = self._socket.makefile("rb")
        self._number = 0

    def close(self) -> None:
        """Leave the function to itself."""
        self._file.close()
        self._socket.close()

    def request(self, command: str, **arguments: object) -> None:
        """Send a request."""
        self._number += 1
        message = {"seq": self._number, "type": "request", "command": command}
        content = json.dumps({**message, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))

    def received(self, kind: str, name: str) -> dict[str, Any]:
        """Skip messages until one of a kind (`event`, `command`) and name, and return its body."""
        while True:
            headers = {}
            while line := self._file.readline().strip():
                key, _, value = line.partition(b": ")
                headers[key] = value
            message = json.loads(self._file.read(int(headers[b"Content-Length"])))
            if message.get(kind) == name:
                return dict(message.get("body") or {})

    def stop_at(self, file: Path, line: int) -> None:
        """Attach, with one breakpoint."""
        self.request("initialize", adapterID="test", pathFormat="path")
        self.request("attach", justMyCode=True)
        self.received("event", "initialized")
        points = [{"line": line}]
        self.request("setBreakpoints", source={"path": str(file)}, breakpoints=points)
        self.request("configurationDone")
        self.received("command", "configurationDone")

    def stopped_in(self) -> tuple[str, str]:
        """Wait for the breakpoint; return function and file, and let the code continue."""
        thread = self.received("event", "stopped")["threadId"]
        self.request("stackTrace", threadId=thread)
        frame = self.received("command", "stackTrace")["stackFrames"][0]
        self.request("disconnect", terminateDebuggee=False)
        return frame["name"], frame["source"]["path"]


def started(project: Path, *arguments: str) -> Iterator[Dev]:
    """Yield `make dev` in a project; end whatever is left of it."""
    dependencies.link(project, "3.14")
    dev = Dev(project, *arguments)
    try:
        yield dev
    finally:
        for pid in dev.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def default(bake: Bake) -> Iterator[Dev]:
    yield from started(bake())


@pytest.fixture
def cognito(bake: Bake) -> Iterator[Dev]:
    project = bake(api="http", api_auth="cognito", worker="sqs", network="none")
    yield from started(project, "DEBUG=api")


def check_nothing_is_left(dev: Dev, processes: set[int]) -> None:
    """Check that no process, port or file of `make dev` is left."""
    assert len(processes) > 5, "make, dev, the emulator, two functions and a synth"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left := processes & living().keys():
        assert time.monotonic() < deadline, left
        time.sleep(POLL_SECONDS)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", dev.port)) != 0
    assert "Ended: nothing is left" in dev.text()
    assert "Traceback" not in dev.text()[dev.text().index("Ending") :]
    assert {path.name for path in (dev.project / "build").iterdir()} == {
        dependencies.ARCHIVE,
        dependencies.HASH,
        "dev.lock",
        "dev.log",
    }
    assert not list((dev.project.parent / "temporary").iterdir())


def unsigned(url: str) -> int:
    """Return the status of a request without credentials."""
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_project_runs_while_it_is_edited(default: Dev) -> None:
    """One test, because each start takes as long as all edits."""
    dev = default
    created = dev.call("POST /items", '{"name": "bolt $x", "quantity": 3}')
    assert created.stdout.startswith("201 Created\n{"), created.stderr + dev.text()
    assert '"name": "bolt $x"' in created.stdout
    assert dev.call("GET /items").stdout.startswith("200 OK\n{")
    assert unsigned(f"{dev.url}items") == 403
    dev.printed("api    POST /items 201 in ")
    dev.printed("api    METRIC  ItemsCreated=1")
    missing = dev.call("GET /items/none")
    assert (missing.returncode != 0, missing.stdout[:4]) == (True, "404 ")

    second = dev.make("dev")
    assert second.returncode != 0
    assert second.stderr.startswith("make dev already runs in this project; use it (make call)")

    dev.edit("service/api.py", "next=following)", 'next="edited")')
    assert '"bolt $x"' in dev.answered("GET /items", '"edited"')

    before = dev.edit("service/items.py", "import ", "import (")
    dev.printed("The functions keep their last code.", before)
    assert '"edited"' in dev.call("GET /items").stdout
    dev.edit("service/items.py", "import (", "import ")

    before = dev.edit("infra/stack.py", 'Table(self, "Table"', "Table(self")
    report = dev.printed("Not deployed: the last deployment still answers.", before)
    assert "TypeError: Table.__init__() missing 1 required positional argument" in report
    assert "infra/stack.py" in report
    assert dev.call("GET /items").stdout.startswith("200 OK")

    dev.edit("service/api.py", '"dynamodb:GetItem", "dynamodb:PutItem"}', '"dynamodb:GetItem"}')
    before = dev.edit("infra/stack.py", "Table(self", 'Table(self, "Table"')
    assert "~ApiFunctionRole" in dev.printed("deployed: ", before)
    denied = dev.call("POST /items", '{"name": "nut", "quantity": 1}')
    assert denied.returncode != 0
    assert denied.stdout.startswith("500 ")
    assert dev.printed("not authorized to perform: dynamodb:PutItem", before)

    processes = dev.processes()
    dev.end(signal.SIGINT)
    check_nothing_is_left(dev, processes)
    gone = dev.call("GET /items")
    assert gone.stderr.startswith("make dev does not run; start it in another terminal: make dev")


def test_a_user_pool_and_a_queue_are_called(cognito: Dev) -> None:
    dev = cognito
    assert dev.call("POST /items", '{"name": "bolt", "quantity": 3}').stdout[:4] == "201 "
    token = (dev.project / "build" / "dev" / "token.json").read_text(encoding="utf-8")
    assert '"bolt"' in dev.call("GET /items").stdout
    again = (dev.project / "build" / "dev" / "token.json").read_text(encoding="utf-8")
    assert again == token, "a second user"
    assert unsigned(f"{dev.url}items") == 401
    document = '[{"name": "nut", "quantity": 5}]'
    assert dev.call("upload incoming/items.json", document).stdout.startswith("200 uploaded to s3")
    assert dev.call("send WorkerQueue", '{"key": "incoming/items.json"}').stdout[:4] == "200 "
    dev.answered("GET /items", '"nut"')
    dev.printed("worker INFO    imported key=incoming/items.json new_items=1")
    check_a_debugger_attaches(dev)
    processes = dev.processes()
    dev.end(signal.SIGTERM)
    check_nothing_is_left(dev, processes)


def check_a_debugger_attaches(dev: Dev) -> None:
    """Check that a breakpoint in service/ stops a request, which goes on afterwards."""
    port = re.findall(r"a debugger can attach to 127\.0\.0\.1:(\d+)", dev.text())[-1]
    file = dev.project / "service" / "api.py"
    lines = file.read_text(encoding="utf-8").splitlines()
    first = lines.index("def create_item(item: NewItem) -> Item:") + 3  # below its docstring
    with closing(Debugger(int(port))) as debugger, ThreadPoolExecutor(1) as pool:
        debugger.stop_at(file, first)
        answer = pool.submit(dev.call, "POST /items", '{"name": "bolt", "quantity": 3}')
        assert debugger.stopped_in() == ("create_item", str(file))
        assert answer.result().stdout[:4] == "201 "
