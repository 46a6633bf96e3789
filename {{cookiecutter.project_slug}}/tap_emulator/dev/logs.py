"""Readable logs of the functions, one line for each entry where possible."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

# Fields of Powertools and Lambda that are the same in every line, or that only AWS can use.
# https://docs.powertools.aws.dev/lambda/python/latest/core/logger/
NOT_SHOWN = frozenset(
    (
        "cold_start",
        "correlation_id",
        "exception",
        "exception_name",
        "function_arn",
        "function_memory_size",
        "function_name",
        "function_request_id",
        "level",
        "location",
        "message",
        "sampling_rate",
        "service",
        "stack_trace",
        "timestamp",
        "xray_trace_id",
    )
)
# The folder in which the emulator unpacks a function's code.
UNPACKED = re.compile(r"[^\s\"']*/ministack-lambda-[^/\s\"']+/code/")
FRAME = re.compile(r'  File "')
OWN_FRAME = re.compile(r'  File "(service/|[^"]*/service/)')
COLORS = (36, 35, 34, 33, 32)
RED, YELLOW, BOLD, FAINT = 31, 33, 1, 2
LEVEL_COLORS = {"ERROR": RED, "CRITICAL": RED, "WARNING": YELLOW, "DEBUG": FAINT}


class Terminal:
    """Prints whole lines from several threads, with colours on a terminal only."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()
        self._names: list[str] = []
        self.colored = self._stream.isatty() and not os.environ.get("NO_COLOR")

    def print(self, text: str = "") -> None:
        """Print a line; nothing if the terminal has been closed."""
        with self._lock:
            try:
                self._stream.write(f"{text}\n")
                self._stream.flush()
            except OSError:  # the signal of the closed terminal ends the process
                pass

    def paint(self, text: str, color: int) -> str:
        """Return the text in a colour."""
        return f"\033[{color}m{text}\033[0m" if self.colored and text else text

    def align(self, names: Sequence[str]) -> None:
        """Give the lines of these functions their colours, and the width of the longest name."""
        self._names = [*self._names, *(name for name in names if name not in self._names)]

    def bold(self, text: str) -> str:
        """Return the text in bold."""
        return self.paint(text, BOLD)

    def event(self, event: Mapping[str, Any]) -> None:
        """Print an event of the emulator about a function, with the function's name before it."""
        name = str(event["function"])
        self.align([name])
        color = COLORS[self._names.index(name) % len(COLORS)]
        width = max(len(each) for each in self._names)
        prefix = self.paint(f"{name:{width}}", color)
        now = self.paint(time.strftime("%H:%M:%S"), FAINT)
        for line, line_color in entries(event):
            self.print(f"{now} {prefix} {self.paint(line, line_color)}")


def entries(event: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the lines about an event, and their colours (0: none)."""
    kind = event["kind"]
    if kind == "line":
        return _printed(str(event["text"]))
    if kind == "broken":
        return [(f"does not start: {event['error']}", RED)]
    return list(_outcome(event))


def _printed(text: str) -> list[tuple[str, int]]:
    """Return the lines of one line that a function has printed."""
    text = UNPACKED.sub("service/", text)
    try:
        entry = json.loads(text) if text.startswith("{") else None
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return [(text, 0)] if text.strip() else []
    if "_aws" in entry:
        return [(metrics(entry), FAINT)]
    if "level" in entry and "message" in entry:
        return log_entry(entry)
    return [(text, 0)]


def log_entry(entry: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the lines of an entry of Powertools' Logger."""
    level = str(entry["level"])
    message = entry["message"]
    words = [f"{level:7}", message if isinstance(message, str) else json.dumps(message)]
    words += [f"{name}={_value(value)}" for name, value in entry.items() if name not in NOT_SHOWN]
    if entry.get("location"):
        words.append(f"({entry['location']})")
    color = LEVEL_COLORS.get(level, 0)
    trace = str(entry.get("exception") or "").rstrip().splitlines()
    return [(" ".join(words), color), *((f"  {line}", color) for line in _own_frames(trace))]


def metrics(entry: Mapping[str, Any]) -> str:
    """Return the values of a metrics entry (CloudWatch's embedded metric format)."""
    declared = entry["_aws"].get("CloudWatchMetrics", [])
    names = [metric["Name"] for each in declared for metric in each.get("Metrics", [])]
    found = []
    for name in names:
        value = entry.get(name)
        single = value[0] if isinstance(value, list) and len(value) == 1 else value
        whole = int(single) if isinstance(single, float) and single.is_integer() else single
        found.append(f"{name}={_value(whole)}")
    return f"{'METRIC':7} {' '.join(found)}"


def _value(value: object) -> str:
    return value if isinstance(value, str) and " " not in value else json.dumps(value)


def _outcome(event: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the lines about a finished invocation."""
    took = f"in {event['milliseconds']} ms"
    if event["error"] is not None:
        trace = UNPACKED.sub("service/", str(event.get("trace") or "")).rstrip().splitlines()
        shown = [(f"  {line}", RED) for line in _own_frames(trace)]
        return [(f"{event['event']} failed {took}: {event['error']}", RED), *shown]
    status, failed = event.get("status"), event.get("failed")
    what = f"{event['event']} {status}" if status else str(event["event"])
    color = RED if isinstance(status, int) and status >= 500 else BOLD
    lines = [(f"{what} {took}", color)]
    if failed:
        lines = [(f"{what} {took}, {failed} of them failed", YELLOW)]
    if event.get("unlogged"):
        lines.append(("its role may not write logs, so AWS would show none of these lines", YELLOW))
    return lines


def _own_frames(trace: list[str]) -> list[str]:
    """Return a traceback without the frames of packages and of the emulator, if others remain."""
    if not any(OWN_FRAME.match(line) for line in trace):
        return trace
    found, skipped = [], False
    for line in trace:
        if FRAME.match(line):
            skipped = not OWN_FRAME.match(line)
        elif not line.startswith("    "):
            skipped = False
        if not skipped:
            found.append(line)
    return found
