"""Worker processes with one warm kernel each, replaced before it grows too large."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from proof import scratch
from proof.matrix import prover
from proof.matrix.prover import Row
from proof.variants import Variant
from proof.warm_kernel import WarmSynth

# The CDK's kernel never frees an object: it grows by 2.5 MB a variant over the 650 MB that it
# starts with, and 0.5 MB in Python. jsii gives it 4 GB; two workers stay below that together.
VARIANTS_PER_KERNEL = 300
# A variant takes about a second; one that takes minutes hangs.
SECONDS_PER_VARIANT = 300.0
# An idle process closes its kernel at once; one that hangs is terminated, and killed after that.
SECONDS_TO_CLOSE, SECONDS_TO_END = 30.0, 5.0


class Worker:
    """A process that proves one variant after another, each as if it were the first.

    If a process or kernel dies or hangs, only its current variant fails: the next variant gets a
    new process.

    Args:
        folder: the folder for its temporary files; the machine's by default.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._folder = folder
        self._process: Any = None
        self._pipe: Connection | None = None
        self._proven = 0
        self._variant: Variant | None = None
        self._deadline = 0.0

    def prove(self, variant: Variant, project: Path | None = None) -> Row:
        """Prove one variant, baked already or not, and wait for the result."""
        self.start(variant, project)
        return self.result()

    def start(self, variant: Variant, project: Path | None = None) -> None:
        """Begin to prove a variant, baked already or not."""
        if self._pipe is None or self._proven >= VARIANTS_PER_KERNEL:
            self._replace()
        self._variant = variant
        self._deadline = time.monotonic() + SECONDS_PER_VARIANT
        try:
            self.pipe.send((variant, project))
        except OSError:  # it died while it was idle
            self._replace()
            self.pipe.send((variant, project))
        self._proven += 1

    def result(self) -> Row:
        """Return the row of the current variant; wait for it until it is overdue."""
        variant, self._variant = self._variant, None
        assert variant is not None, "nothing was begun"
        try:
            if self.pipe.poll(max(0.0, self._deadline - time.monotonic())):
                row: Row = self.pipe.recv()
                if not row.proven:  # perhaps because its kernel died
                    self.close()
                return row
            why = f"took longer than {SECONDS_PER_VARIANT:.0f} seconds"
            self.close(hangs=True)
        except (EOFError, OSError):
            self._process.join(10)
            why = f"ended its process with exit code {self._process.exitcode}"
        self.close()
        row = prover.blank(variant)
        row.problems.append(why)
        return row

    @property
    def busy(self) -> bool:
        """Whether there is a current variant whose row was not read yet."""
        return self._variant is not None

    @property
    def overdue(self) -> bool:
        """Whether the current variant hangs."""
        return self.busy and time.monotonic() > self._deadline

    @property
    def pipe(self) -> Connection:
        """The connection that becomes readable when the row is ready."""
        assert self._pipe is not None, "no process was started"
        return self._pipe

    def close(self, *, hangs: bool = False) -> None:
        """End the process and its kernel; don't wait for a current variant, or if it hangs."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.join(0 if self._variant or hangs else SECONDS_TO_CLOSE)
            for end in (self._process.terminate, self._process.kill):
                if self._process.exitcode is None:
                    end()
                    self._process.join(SECONDS_TO_END)
            self._process = None

    def _replace(self) -> None:
        self.close()
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_serve, args=(theirs, self._folder), daemon=True
        )
        self._process.start()
        theirs.close()
        self._proven = 0


def prove_all(variants: Iterable[Variant], processes: int) -> Generator[Row, None, None]:
    """Prove variants in this number of processes, and yield each row as soon as it is ready."""
    waiting = iter(variants)
    folder = tempfile.TemporaryDirectory(
        prefix="tap-matrix-", dir=scratch.folder(), ignore_cleanup_errors=True
    )
    workers = [Worker(folder.name) for _ in range(processes)]
    try:
        for worker in workers:
            _begin(worker, waiting)
        while busy := [worker for worker in workers if worker.busy]:
            ready = wait([worker.pipe for worker in busy], timeout=min(1.0, SECONDS_PER_VARIANT))
            for worker in busy:
                if worker.pipe in ready or worker.overdue:
                    row = worker.result()
                    _begin(worker, waiting)
                    yield row
    finally:
        for worker in workers:
            worker.close()
        folder.cleanup()


def _begin(worker: Worker, waiting: Iterator[Variant]) -> None:
    variant = next(waiting, None)
    if variant is not None:
        worker.start(variant)


def _serve(pipe: Connection, folder: str | None) -> None:
    if folder is not None:  # the kernel's files are there as well
        tempfile.tempdir = os.environ["TMPDIR"] = folder
    synth = WarmSynth()
    while True:
        try:
            variant, project = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        pipe.send(prover.prove(variant, synth, project))
