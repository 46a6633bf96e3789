"""Recordings of real runs of cookiecutter, as asciicasts.

`make readme ARGS=--record` runs cookiecutter in a pseudo-terminal, with a clone of this repository:
once with the defaults, and once with its questions, which are answered as a person would. It
writes docs/images/*.cast; the pictures follow from these files alone (terminal.py).
https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import platform
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from local_extensions.answers import TEMPLATE_ROOT, asked

IMAGES = TEMPLATE_ROOT / "docs" / "images"
ROWS = 40
CODES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
# The number of a question, and the end of a prompt: its default in parentheses, or its choices.
NUMBER = re.compile(r"\[(\d+)/\d+\] ")
PROMPT = re.compile(r"[)\]]: ?$")
# A person reads a question before answering, and a run without output for longer is stuck.
READING_SECONDS, LONGEST_SECONDS = 0.7, 120


@dataclass(frozen=True)
class Recording:
    """A run of cookiecutter.

    Args:
        name: of its files in docs/images.
        arguments: of cookiecutter, before the template.
        answers: what is typed, by question; one that is not listed, or asked once more, is answered
            with Enter.
        folders: what exists where it runs.
        columns: the width of the terminal.
    """

    name: str
    arguments: tuple[str, ...] = ()
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    columns: int = 100

    @property
    def cast(self) -> Path:
        """The recording."""
        return IMAGES / f"{self.name}.cast"

    @property
    def command(self) -> str:
        """The command, as a reader types it."""
        return " ".join(("cookiecutter", "gh:org/tap-template", *self.arguments))


GENERATION = Recording("generation", ("--no-input",))
# Mistakes and shortcuts: an existing folder, an invalid slug, a place instead of a region, and an
# answer that makes the next question irrelevant.
QUESTIONS = Recording(
    "questions",
    answers={
        "project_name": ["Invoices"],
        "project_slug": ["", "Invoice_Import"],
        "description": ["Imports invoices"],
        "aws_region": ["Frankfurt"],
        "api": ["3"],
        "worker": ["2"],
        "alarm_email": ["me"],
        "verify": ["no"],
    },
    folders=("invoices",),
    columns=110,
)
ALL = {each.name: each for each in (GENERATION, QUESTIONS)}


def record(recording: Recording, folder: Path) -> list[tuple[float, str]]:
    """Run cookiecutter with a clone of the repository, and return its output with times in seconds.

    Raises:
        RuntimeError: it fails, or an answer was not asked for.
    """
    clone = folder / "tap-template"
    subprocess.run(["git", "clone", "--quiet", TEMPLATE_ROOT, clone], check=True)
    (clone / ".venv").symlink_to(TEMPLATE_ROOT / ".venv")
    services = folder / "services"
    for each in ("", *recording.folders):
        (services / each).mkdir()
    git = folder / "gitconfig"
    git.write_text("[user]\nname = Ada\nemail = ada@example.com\n", encoding="utf-8")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TAP_", "PYTHONDONTWRITE", "NO_COLOR", "COOKIECUTTER_"))
    }
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(recording.columns), "LINES": str(ROWS)}
    environment |= {"GIT_CONFIG_GLOBAL": str(git)}
    options = ["-m", "cookiecutter", "--default-config", *recording.arguments, str(clone)]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(services)
        os.execve(sys.executable, [sys.executable, *options], environment)
    size = struct.pack("HHHH", ROWS, recording.columns, 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    found = conversation(terminal, recording.answers)
    _, status = os.waitpid(process, 0)
    if status:
        raise RuntimeError("".join(text for _, text in found))
    return [(at, text.replace(str(services.resolve()), "~/services")) for at, text in found]


def conversation(terminal: int, answers: Mapping[str, Sequence[str]]) -> list[tuple[float, str]]:
    """Return the output of a terminal until it is closed, and answer the questions in it."""
    left = {question: list(typed) for question, typed in answers.items()}
    found: list[tuple[float, str]] = []
    started = time.monotonic()
    shown = ""
    while True:
        asking = PROMPT.search(shown.rpartition("\n")[2])
        wait = READING_SECONDS if asking else LONGEST_SECONDS
        if not select.select([terminal], [], [], wait)[0]:
            if not asking:
                raise RuntimeError(f"no output for {LONGEST_SECONDS} seconds after: {shown!r}")
            question = list(asked())[int(NUMBER.findall(shown)[-1]) - 1]
            typed = left.get(question)
            os.write(terminal, f"{typed.pop(0) if typed else ''}\n".encode())
            shown += "\n"
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            break
        text = data.decode("utf-8", "replace")
        shown += CODES.sub("", text)
        found.append((round(time.monotonic() - started, 2), text))
    if any(left.values()):
        raise RuntimeError(f"not asked for: {left}")
    return found


def write(recording: Recording) -> None:
    """Record, and write the asciicast."""
    with tempfile.TemporaryDirectory() as folder:
        events = record(recording, Path(folder))
    header = {
        "version": 2,
        "width": recording.columns,
        "height": ROWS,
        "timestamp": int(datetime.now(UTC).timestamp()),
        "command": recording.command,
        "title": f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores at a load of"
        f" {os.getloadavg()[0]:.0f}, {platform.system()} {platform.machine()}",
    }
    lines = [json.dumps(header), *(json.dumps([at, "o", text]) for at, text in events)]
    file = recording.cast
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{file.relative_to(TEMPLATE_ROOT)}: {len(events)} outputs in {events[-1][0]:.0f} s")
