"""Runs a command so that none of its processes outlives cookiecutter.

A terminal that closes, `timeout` or a pipeline's cancellation signals cookiecutter's process group,
or cookiecutter alone. The command runs in its own session, so that it never reads the terminal, and
receives neither signal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

SIGNALS = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
POLL_SECONDS = 0.1
# A command that does not end after SIGTERM is killed, so that everything is over within 2 seconds.
GRACE_SECONDS = 1.0


class Stopped(Exception):
    """This process received a signal, or its parent has ended; the text contains the reason."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(why)
        self.exit_code = exit_code


class Watch:
    """Records signals, and detects the end of the parent process."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._signal: int | None = None

    def note(self, number: int, frame: FrameType | None) -> None:
        """Remember the first signal; raising from a handler could lose a process just started."""
        self._signal = self._signal or number

    def look(self) -> None:
        """Raise Stopped if this process should end."""
        if self._signal is not None:
            raise Stopped(f"stopped by {signal.Signals(self._signal).name}", 128 + self._signal)
        if os.getppid() != self._parent:
            raise Stopped("cookiecutter was stopped", 1)


@contextmanager
def watching() -> Iterator[Watch]:
    """Record signals instead of ending this process; ignored signals stay ignored."""
    watch = Watch()
    previous = {}
    for number in (getattr(signal, name) for name in SIGNALS):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup does
            previous[number] = signal.signal(number, watch.note)
    try:
        yield watch
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    output: IO[bytes],
    limit: float,
    watch: Watch,
    tick: Callable[[float], None],
) -> int | None:
    """Run a command to its end; return its exit code, None after `limit` seconds.

    Raises:
        Stopped: this process should end; all processes of the command have ended.
    """
    started = time.monotonic()
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        while (elapsed := time.monotonic() - started) < limit:
            watch.look()
            tick(elapsed)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return child.wait(timeout=min(POLL_SECONDS, limit - elapsed))
        return None
    finally:
        if child.poll() is None:
            end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process and its descendants, in any session or process group."""
    deadline = time.monotonic() + GRACE_SECONDS
    found = {child.pid} | _descendants({child.pid})
    _send(found, signal.SIGTERM)
    while time.monotonic() < deadline:
        child.poll()  # or it stays as a zombie
        late = _descendants(found) - found
        _send(late, signal.SIGTERM)
        found |= late
        if not found & _processes().keys():
            break
        time.sleep(0.05)
    _send((found | _descendants(found)) & _processes().keys(), signal.SIGKILL)
    child.wait()


def _send(processes: set[int], number: int) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)


def _descendants(roots: set[int]) -> set[int]:
    """Return the living processes whose ancestor or group is among the roots."""
    processes = _processes()
    found = set(roots)
    while more := {p for p, above in processes.items() if above & found and p not in found}:
        found |= more
    return found - roots


def _processes() -> dict[int, set[int]]:
    """Return every living process with its parent and its process group."""
    if Path("/proc/self/stat").exists():
        return dict(_of_linux())
    # macOS and the BSDs; there, unlike in small containers, ps is part of the system.
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=False
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return {int(pid): {int(a), int(b)} for pid, a, b, state in rows if not state.startswith("Z")}


def _of_linux() -> Iterator[tuple[int, set[int]]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has ended in the meantime
            continue
        # The command is in parentheses and may contain any character.
        state, parent, group, session = text.rpartition(")")[2].split()[:4]
        if state not in "ZX":
            yield int(folder.name), {int(parent), int(group), int(session)}
