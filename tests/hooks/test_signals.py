"""A signal ends all processes of a verification, and prints the command to run later."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_extensions import processes, screen, verification
from tests.conftest import TEMPLATE
from tests.support.defaults import defaults

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a project's commands need POSIX")

PATIENCE_SECONDS = 30
# A make that starts children as pip, uv, npm and the CDK CLI may: some in a separate session,
# some ignoring SIGTERM, and all of them slow.
SLOW_MAKE = """#!{python}
import json, os, signal, subprocess, sys, time

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
sleeper = [sys.executable, "-c", "import time; time.sleep(1000)"]
deaf = [sys.executable, "-c", DEAF + "print(flush=True); time.sleep(1000)"]
if sys.argv[1] == "synth":
    os.mkdir("cdk.out")
elif os.environ["SLOW"] == "synth":
    sys.exit()
children = [
    subprocess.Popen(sleeper),
    subprocess.Popen(sleeper, start_new_session=True),
    subprocess.Popen(["sh", "-c", "sleep 1000 & echo $! >grandchild; wait"], process_group=0),
    subprocess.Popen(deaf, start_new_session=True, stdout=subprocess.PIPE),
]
children[-1].stdout.readline()
while not (os.path.exists("grandchild") and open("grandchild").read().strip()):
    time.sleep(0.01)
started = [os.getpid(), *(child.pid for child in children), int(open("grandchild").read())]
with open(os.environ["STARTED"] + ".part", "w") as file:
    json.dump(started, file)
os.rename(os.environ["STARTED"] + ".part", os.environ["STARTED"])
time.sleep(1000)
"""


def wait_until(look: Callable[[], object], what: str) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        time.sleep(0.02)


def is_running(process: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    return process in processes._processes()


class Generation:
    """A run of cookiecutter in a separate process group, which waits for a slow make."""

    def __init__(
        self, folder: Path, environment: dict[str, str], slow: str, command: list[str] | None
    ) -> None:
        programs = folder / "programs"
        programs.mkdir()
        make = programs / "make"
        make.write_text(SLOW_MAKE.format(python=sys.executable), encoding="utf-8")
        make.chmod(0o755)
        started = folder / "started"
        self.project = folder / "out" / "tap-service"
        self._output = folder / "output"
        whole = command or [
            *(sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--no-input"),
            *("--default-config", "--output-dir", str(self.project.parent)),
        ]
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [part.format(output=self.project.parent) for part in whole],
                env={
                    **environment,
                    "SLOW": slow,
                    "STARTED": str(started),
                    "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                },
                cwd=TEMPLATE,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: started.exists() or self.process.poll() is not None, "make runs")
        assert self.process.poll() is None, self.output
        self.started: list[int] = json.loads(started.read_text(encoding="utf-8"))

    @property
    def output(self) -> str:
        """Return the output so far."""
        return self._output.read_text(encoding="utf-8")

    @property
    def hook(self) -> int:
        """The process that waits for make."""
        listed = processes._processes()
        above_make = listed[self.started[0]] - {self.started[0]}
        (hook,) = [p for p in above_make if self.process.pid in listed.get(p, ())]
        return hook


@pytest.fixture
def generation(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., Generation]]:
    """Return a function that starts a generation, whose processes end with the test."""
    made: list[Generation] = []

    def start(slow: str = "install", command: list[str] | None = None) -> Generation:
        made.append(Generation(tmp_path, environment, slow, command))
        return made[-1]

    yield start
    for each in made:
        for process in [each.process.pid, *each.started]:
            if is_running(process):
                os.kill(process, signal.SIGKILL)
        each.process.wait()


@pytest.mark.parametrize("name", processes.SIGNALS)
@pytest.mark.parametrize("to", ["group", "cookiecutter"])
def test_a_signal_ends_every_child(
    generation: Callable[..., Generation], name: str, to: str
) -> None:
    running = generation()
    assert len(running.started) == 6
    assert all(is_running(process) for process in running.started)
    send = os.killpg if to == "group" else os.kill
    send(running.process.pid, getattr(signal, name))
    assert running.process.wait(PATIENCE_SECONDS) != 0
    wait_until(lambda: not any(map(is_running, running.started)), "every child has ended")
    later = f"To verify it later: cd {running.project} && make synth"
    wait_until(lambda: later in running.output.splitlines(), "the command to run later is printed")
    why = f"stopped by {name}" if to == "group" else "cookiecutter was stopped"
    assert f"tap-service is not verified: {why}" in running.output.splitlines()
    assert "Traceback" not in running.output
    assert (running.project / "app.py").is_file()


def test_a_signal_to_make_new_reaches_cookiecutter(
    generation: Callable[..., Generation],
) -> None:
    running = generation(command=[sys.executable, "-m", "tools.new", "--output", "{output}"])
    os.kill(running.process.pid, signal.SIGTERM)
    assert running.process.wait(PATIENCE_SECONDS) != 0
    wait_until(lambda: not any(map(is_running, running.started)), "every child has ended")


def test_a_signal_to_the_hook_alone_removes_the_project(
    generation: Callable[..., Generation],
) -> None:
    running = generation()
    os.kill(running.hook, signal.SIGTERM)
    assert running.process.wait(PATIENCE_SECONDS) == 1
    assert not any(map(is_running, running.started))
    assert not running.project.exists()
    assert "To verify it later: run the same command again" in running.output
    assert "make synth" not in running.output


def test_an_incomplete_assembly_is_deleted(generation: Callable[..., Generation]) -> None:
    running = generation("synth")
    assembly = running.project / "cdk.out"
    assert assembly.is_dir()
    os.killpg(running.process.pid, signal.SIGTERM)
    running.process.wait()
    wait_until(
        lambda: "To verify it later" in running.output, "the command to run later is printed"
    )
    assert not assembly.exists()
    assert not any(map(is_running, running.started))


def test_an_ignored_signal_stays_ignored() -> None:
    """`nohup` starts a command with SIGHUP ignored."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with processes.watching():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, previous)


def test_processes_are_found_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS has no /proc; ps has the same information there."""
    if shutil.which("ps") is None:
        pytest.skip("this machine has no ps")
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    try:
        monkeypatch.setattr(Path, "exists", lambda _: False)
        assert processes._processes()[child.pid] == {os.getpid(), child.pid}
    finally:
        child.kill()
        child.wait()


def test_a_command_that_never_ends_is_stopped_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    makefile = "install:\n\t@setsid sleep 1000 & echo $$! >child; echo $$$$ >process; wait\n"
    (tmp_path / "Makefile").write_text(makefile)
    monkeypatch.setattr(verification, "INSTALL_SECONDS", 0.5)
    with pytest.raises(verification.NotVerified, match="make install took longer than"):
        verification.verify(tmp_path, defaults(), screen.Console())
    for name in ("child", "process"):
        assert not is_running(int((tmp_path / name).read_text()))
