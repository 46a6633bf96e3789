"""Connect Python to jsii's kernel, without the process that copies messages between them.

jsii starts a Node.js process that starts the kernel as another one. The copies take 0.07 s of the
0.8 s of a warm variant. The kernel itself reads and writes messages in file 3:
https://github.com/aws/jsii/blob/main/packages/%40jsii/runtime/lib/program.ts
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

# Starts the kernel with the socket as file 3.
START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3, inheritable=True);"
    " os.execv(sys.argv[2], sys.argv[2:])"
)


def connect() -> None:
    """Let jsii start its kernel like that; call it before a synth.

    Nothing changes if this release of jsii has other files: it starts both processes.
    """
    from jsii._kernel.providers import process

    class Direct(process._NodeProcess):
        """The kernel's process."""

        def start(self) -> None:
            """Start the kernel, and wait for its first message."""
            program = Path(self._jsii_runtime()).parents[1] / "lib" / "program.js"
            if not program.is_file():
                super().start()  # type: ignore[no-untyped-call]  # jsii has no types here
                return
            ours, theirs = socket.socketpair()
            reader, writer = os.pipe()
            node = [os.environ["JSII_NODE"], "--max-old-space-size=4069", "--preserve-symlinks"]
            self._process: Any = subprocess.Popen(
                [sys.executable, "-S", "-c", START, str(theirs.fileno()), *node, str(program)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                env={**os.environ, "JSII_AGENT": "Python"},
            )
            os.close(writer)
            theirs.close()
            self._process.stdin, self._process.stdout = ours.makefile("wb"), ours.makefile("rb")
            self._process.stderr = os.fdopen(reader, "rb")
            ours.close()
            self.sink_thread = threading.Thread(
                target=_print, args=(self._process.stderr,), daemon=True
            )
            self.sink_thread.start()
            atexit.register(self.stop)
            self.handshake()

    process._NodeProcess = Direct  # type: ignore[misc]  # jsii has no setting for it


def _print(output: IO[bytes]) -> None:
    for line in iter(output.readline, b""):
        sys.stderr.write(line.decode(errors="replace"))
