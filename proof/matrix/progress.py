"""The progress of a matrix run."""

from __future__ import annotations

import os
import sys
import time

from proof.matrix.prover import Row
from proof.matrix.runs import failure


class Progress:
    """Print a run's progress: in place on a terminal, in lines elsewhere; failures at once."""

    WIDTH = 30
    LINE_EVERY = 15.0

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._failed = 0
        self._started = self._said = time.monotonic()
        self._live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._coloured = self._live and not os.environ.get("NO_COLOR")

    def proved(self, row: Row) -> None:
        """Count a variant; print it with the command that reproduces it if it failed."""
        self._done += 1
        if not row.proven:
            self._failed += 1
            self._erase()
            headline, *rest = failure(row)
            print("\n".join([self._paint("31", headline), *rest]), flush=True)
        self._show()

    def finish(self) -> None:
        """Clear the line for further output."""
        self._erase()

    def _show(self) -> None:
        now = time.monotonic()
        elapsed = now - self._started
        left = elapsed / self._done * (self._total - self._done)
        text = (
            f"{self._done}/{self._total} proven"
            if not self._failed
            else (f"{self._done}/{self._total} checked, {self._failed} failed")
        )
        text += f", {clock(left)} left" if self._done < self._total else f" in {clock(elapsed)}"
        if self._live:
            filled = self.WIDTH * self._done // self._total
            bar = self._paint("31" if self._failed else "32", "━" * filled)
            print(f"\r\x1b[K{bar}{'─' * (self.WIDTH - filled)} {text}", end="", flush=True)
        elif now - self._said >= self.LINE_EVERY or self._done == self._total:
            self._said = now
            print(text, flush=True)

    def _erase(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", flush=True)

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text


def clock(seconds: float) -> str:
    """Return a duration in seconds as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
