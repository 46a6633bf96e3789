"""A recording of a real generation, as an asciicast.

`python -m tools.readme.recording` renders a project with cookiecutter in a pseudo-terminal, from a
clone of this repository, and writes docs/images/generation.cast. The
picture follows from that file alone (terminal.py).
https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import platform
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from datetime import UTC, datetime
from pathlib import Path

from local_extensions.answers import TEMPLATE_ROOT

IMAGES = TEMPLATE_ROOT / "docs" / "images"
CAST = IMAGES / "generation.cast"
COMMAND = "cookiecutter gh:org/tap-template --no-input"
COLUMNS, ROWS = 100, 40


def record(folder: Path) -> list[tuple[float, str]]:
    """Run the command in a clone of the repository, and return its output with times in seconds."""
    clone = folder / "tap-template"
    subprocess.run(["git", "clone", "--quiet", TEMPLATE_ROOT, clone], check=True)
    (clone / ".venv").symlink_to(TEMPLATE_ROOT / ".venv")
    services = folder / "services"
    services.mkdir()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TAP_", "PYTHONDONTWRITE", "NO_COLOR"))
    }
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    arguments = [sys.executable, "-m", "cookiecutter", "--no-input", str(clone)]
    started = time.monotonic()
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(services)
        os.execve(sys.executable, arguments, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    found: list[tuple[float, str]] = []
    while True:
        select.select([terminal], [], [])
        try:
            data = os.read(terminal, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            break
        text = data.decode("utf-8", "replace").replace(str(services.resolve()), "~/services")
        found.append((round(time.monotonic() - started, 2), text))
    _, status = os.waitpid(process, 0)
    if status:
        raise RuntimeError("".join(text for _, text in found))
    return found


def main() -> int:
    """Record, and write the asciicast."""
    with tempfile.TemporaryDirectory() as folder:
        events = record(Path(folder))
    header = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "timestamp": int(datetime.now(UTC).timestamp()),
        "command": COMMAND,
        "title": f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores at a load of"
        f" {os.getloadavg()[0]:.0f}, {platform.system()} {platform.machine()}",
    }
    lines = [json.dumps(header), *(json.dumps([at, "o", text]) for at, text in events)]
    CAST.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{CAST.relative_to(TEMPLATE_ROOT)}: {len(events)} outputs in {events[-1][0]:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
