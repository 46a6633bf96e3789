"""Runs the project on this machine while it is edited: `make dev`.

Starts the emulator of `make live`, deploys one environment, and serves its API on loopback. Saved
files of service/ are deployed at once, saved files of infra/ after a synth. SIGINT (Ctrl-C),
SIGTERM and SIGHUP end everything that it has started.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from tap_emulator.dev import instance
from tap_emulator.dev.development import Development, Options
from tap_emulator.dev.logs import FAINT, Terminal
from tap_emulator.dev.synthesis import Synthesizer
from tap_emulator.dev.updates import SERVICE
from tap_emulator.emulator import EmulatorError, running
from tap_guardrails import permissions
from tap_project.assembly import ROOT, OperationError
from tap_project.environments import environments, known

PYTHON = ROOT / "build" / "live" / "bin" / "python"
LOG = ROOT / "build" / "dev.log"
API_PORT, DEBUG_PORT = 8000, 5678
# If the usual port is in use, the next free one of these many is used.
PORTS = 100
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal asks to end; no Exception, so that no handler of errors stops it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the project on this machine until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make dev", description=main.__doc__)
    parser.add_argument("environment", nargs="?", help="default: the first of the settings")
    parser.add_argument("--port", help=f"of the API (default: {API_PORT}, or the next free one)")
    parser.add_argument("--debug", metavar="MODULE", help="let a debugger attach to this handler")
    parser.add_argument("--emulator", type=Path, default=PYTHON, help="the emulator's interpreter")
    given = parser.parse_args(arguments)
    screen = Terminal()
    try:
        _end_on_signals()
        run(_options(given), given.emulator, screen)
    except Ended:
        # A second Ctrl-C must not interrupt the cleaning, which is over here.
        screen.print("Ended: nothing is left of the emulator and its data.")
        return 0
    except (OperationError, EmulatorError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _end_on_signals() -> None:
    """Raise Ended at the first signal to end, and ignore those that follow."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise Ended

    for each in ENDING:
        signal.signal(each, end)


def _options(given: argparse.Namespace) -> Options:
    """Return the options, with ports that are free.

    Raises:
        OperationError: an unknown environment or module, or a port in use.
    """
    environment = known(given.environment).name if given.environment else next(iter(environments()))
    if given.debug:
        _check_debugged(given.debug)
    port = _chosen(given.port) if given.port else free_port(API_PORT)
    moved = not given.port and port != API_PORT
    return Options(
        environment=environment,
        api_port=port,
        port_notice=f" (port {API_PORT} is in use)" if moved else "",
        debug=given.debug or "",
        debug_port=free_port(DEBUG_PORT) if given.debug else 0,
    )


def _check_debugged(module: str) -> None:
    if not SERVICE.joinpath(*module.split(".")).with_suffix(".py").is_file():
        handlers = [
            file.stem
            for file in sorted(SERVICE.glob("*.py"))
            if permissions.of_module(file) is not None
        ]
        choices = " or ".join(f"DEBUG={name}" for name in handlers)
        raise OperationError(f"no service/{module}.py to debug; try {choices}")


def _chosen(text: str) -> int:
    """Return a port that the user has chosen.

    Raises:
        OperationError: it is no port, or in use.
    """
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise OperationError(f"PORT={text} is not between 1024 and 65535; try PORT={API_PORT}")
    if not is_free(int(text)):
        raise OperationError(f"port {text} is in use; try PORT={free_port(int(text) % 65000 + 1)}")
    return int(text)


def free_port(usual: int) -> int:
    """Return a port on loopback: the usual one, or the next that is free.

    Raises:
        OperationError: none of them is free.
    """
    for port in range(usual, usual + PORTS):
        if is_free(port):
            return port
    raise OperationError(f"the ports {usual} to {usual + PORTS - 1} are in use; try PORT=...")


def is_free(port: int) -> bool:
    """Return whether nothing listens on a port of loopback."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run(options: Options, python: Path, screen: Terminal) -> None:
    """Run until a signal ends it; end and delete everything that was started.

    Raises:
        OperationError: another one runs, or the first deployment failed.
        EmulatorError: the emulator does not start.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(instance.alone())
        screen.print(screen.paint("Synthesizing, and starting the emulator", FAINT))
        synths = stack.enter_context(Synthesizer(folder))
        synths.start()
        receiving, sending = os.pipe()
        # A file descriptor has no path (PTH123). A thread reads it until the emulator has ended, so
        # no block here closes it (SIM115).
        lines = open(receiving, encoding="utf-8")  # noqa: PTH123, SIM115
        try:
            variables = {
                "DEV_API": str(folder / "api.json"),
                "DEV_API_PORT": str(options.api_port),
                "DEV_DEBUG": f"{options.debug}:{options.debug_port}" if options.debug else "",
                "DEV_EVENTS": str(sending),
                "DEV_SERVICE": str(SERVICE),
            }
            emulator = stack.enter_context(running(python, LOG, variables, (sending,)))
        finally:
            os.close(sending)
        lost = threading.Event()
        threading.Thread(target=print_events, args=[lines, screen, lost], daemon=True).start()
        try:
            Development(options, folder, emulator, synths, screen).run(lost)
        except Ended:
            screen.print("Ending")
            raise


def print_events(lines: Iterable[str], screen: Terminal, lost: threading.Event) -> None:
    """Print what the functions log until the emulator ends."""
    for line in lines:
        screen.event(json.loads(line))
    lost.set()


if __name__ == "__main__":
    sys.exit(main())
