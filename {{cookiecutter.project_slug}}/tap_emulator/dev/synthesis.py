"""Synths of the app while its files change, each in a process that is loaded in advance."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tap_project.assembly import ROOT

# What `cdk synth --strict` rejects, besides findings.
# https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-synth.html
REJECTED = ("aws:cdk:error", "aws:cdk:warning")


@dataclass(frozen=True)
class Synthesized:
    """A finished synth: its assembly, or None with a report of why not."""

    assembly: Path | None
    report: str


class Synthesizer:
    """Makes one synth after another; use it in a `with` block, which ends its processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._running = False

    def __enter__(self) -> Synthesizer:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def prepare(self) -> None:
        """Start the process of the next synth, which loads the CDK."""
        self._number += 1
        self._outdir.mkdir(parents=True)
        variables = {name: v for name, v in os.environ.items() if not name.startswith("AWS_")}
        self._temporary.mkdir(parents=True)
        variables |= {
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_OUTDIR": str(self._outdir),
            # jsii unpacks its runtime there, and can't delete it if it is killed.
            "TMPDIR": str(self._temporary),
        }
        with self._log.open("wb") as log:
            # Its own session: Ctrl-C reaches it through `make dev` alone.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tap_emulator.dev.warm"],
                cwd=ROOT,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self, *, niceness: int = 0) -> None:
        """Start a synth of the files as they are now; a running synth is given up.

        Args:
            niceness: lowers its priority, as nice(1) does.
        """
        if self._running or self._process is None or self._process.poll() is not None:
            self._end()
            self.prepare()
        process = self._process
        if process is not None and process.stdin is not None:
            # It may have ended; its output says why.
            with suppress(BrokenPipeError, ProcessLookupError):
                if niceness:
                    os.setpriority(os.PRIO_PGRP, process.pid, niceness)
                process.stdin.write(b"\n")
                process.stdin.flush()
        self._running = True

    def finished(self) -> Synthesized | None:
        """Return the result of the synth, once, when it has ended."""
        if not self._running or self._process is None or self._process.poll() is None:
            return None
        status = self._process.returncode
        report = self._log.read_text(encoding="utf-8", errors="replace").strip()
        self._end(keep=True)
        if status == 0:
            found = "\n".join(messages(self._outdir))
            if not found:
                return Synthesized(self._outdir, report)
            report = found
        shutil.rmtree(self._outdir, ignore_errors=True)
        return Synthesized(None, report or f"the synth ended with status {status}")

    @property
    def _outdir(self) -> Path:
        return self._folder / f"cdk.out.{self._number}"

    @property
    def _log(self) -> Path:
        return self._folder / f"synth.{self._number}.log"

    @property
    def _temporary(self) -> Path:
        return self._folder / f"tmp.{self._number}"

    def _end(self, *, keep: bool = False) -> None:
        """End the process and the Node.js that it started: they are one process group."""
        process, self._process, self._running = self._process, None, False
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        self._log.unlink(missing_ok=True)
        shutil.rmtree(self._temporary, ignore_errors=True)
        if not keep:
            shutil.rmtree(self._outdir, ignore_errors=True)


def messages(assembly: Path) -> Iterator[str]:
    """Yield the errors and warnings of an assembly, which its constructs have added."""
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    for artifact in manifest["artifacts"].values():
        metadata = dict(artifact.get("metadata", {}))
        beside = artifact.get("additionalMetadataFile")
        if beside is not None:
            metadata |= json.loads((assembly / beside).read_text(encoding="utf-8"))
        for path, entries in metadata.items():
            for entry in entries:
                if entry["type"] in REJECTED:
                    kind = entry["type"].rpartition(":")[2]
                    yield f"{kind} at {path.lstrip('/')}: {entry['data']}"
