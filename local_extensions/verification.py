"""Verifies a rendered project with its own commands, and prints the result."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_extensions import foreign, processes, rendered
from local_extensions.literals import environment_names, is_production

INSTALL_SECONDS = 1200
PARENT_SECONDS = 0.8  # cookiecutter ends within half a second of the same signal
SYNTH_SECONDS = 600
OLDEST_PYTHON = (3, 11)
# Pipelines set it to "required": then a project that is not verified is an error.
REQUIREMENT = "TAP_VERIFY"
REASON_LENGTH = 200
# Causes of failed installations, the most specific first. The last line of an installer names a
# missing distribution even if the network or the disk is the cause.
CAUSES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"no space left|disk quota|read-only file system",
        r"permission denied",
        r"certificate verify failed|invalid peer certificate|self-signed certificate",
        r"failed to establish|connection refused|dns error|resolve host|name resolution|"
        r"getaddrinfo|network is unreachable|proxyerror|tunnel connection|timed out|econnrefused|"
        r"enotfound",
        r"http (error|status).*\b[45]\d\d\b|\b[45]\d\d (client|server) error|unauthorized",
        r"\berror\b|not found|no such file",
    )
]


class NotVerified(Exception):
    """The environment can't be installed; the project may be correct."""


class DoesNotSynthesize(Exception):
    """The environment is installed, and the project is faulty."""


def is_required() -> bool:
    """Return whether a project that is not verified is a failure.

    Raises:
        ValueError: TAP_VERIFY has a value other than "required"; the message is one line.
    """
    value = os.environ.get(REQUIREMENT, "")
    if value not in ("", "required"):
        raise ValueError(f"{REQUIREMENT} {value!r} is not known; try {REQUIREMENT}=required")
    return value == "required"


def finish(project: Path, answers: Mapping[str, Any]) -> int:
    """Verify the project if requested, print the next commands, and return the exit code."""
    console = Console()
    name = project.name
    console.line(None, f"{name} is rendered into {project}")
    parent = os.getppid()
    try:
        if not answers["verify"]:
            raise NotVerified("verify is false")
        stacks = verify(project, answers, console)
    except NotVerified as why:
        if is_required():
            return _failed(console, f"{name} is not verified, and {REQUIREMENT}=required: {why}")
        console.line("yellow", f"{name} is not verified: {why}")
        console.line(None, f"To verify it later: {_in_folder(project)} && make synth")
    except DoesNotSynthesize as failure:
        return _failed(console, f"{failure}\n{name} does not synthesize")
    except processes.Stopped as why:
        with contextlib.suppress(OSError):  # the terminal may be gone
            _say_stopped(project, console, f"{name} is not verified: {why}", parent)
        return why.exit_code
    else:
        resources = ", ".join(f"{stack} {count} resources" for stack, count in stacks.items())
        console.line("green", f"{name} is verified: {_counted(len(stacks), 'stack')}: {resources}")
    for note in [*notes(answers), *rendered.notes(project, answers)]:
        console.line("yellow", f"Note: {note}")
    console.line("bold", "Next:")
    for command in next_commands(project, answers):
        console.line(None, f"  {command}")
    return 0


def _failed(console: Console, text: str) -> int:
    console.flush()
    print(text, file=sys.stderr)
    return 1


def _say_stopped(project: Path, console: Console, text: str, parent: int) -> None:
    """Print how to continue; cookiecutter removes the project, unless it was stopped as well."""
    deadline = time.monotonic() + PARENT_SECONDS
    while os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.05)
    console.line("yellow", text)
    later = "run the same command again, because cookiecutter removes the project"
    if os.getppid() != parent:
        later = f"{_in_folder(project)} && make synth"
    console.line(None, f"To verify it later: {later}")


def verify(project: Path, answers: Mapping[str, Any], console: Console) -> dict[str, int]:
    """Install the locked packages, synthesize every environment, and count the resources.

    Returns:
        the number of resources of each stack, by the stack's name.

    Raises:
        NotVerified: the environment can't be installed.
        DoesNotSynthesize: the synth failed or omitted a stack.
        processes.Stopped: a signal arrived, or cookiecutter has ended.
    """
    if os.name == "nt":
        raise NotVerified("its commands need make and a POSIX shell, such as WSL")
    if shutil.which("make") is None:
        raise NotVerified("make is not installed")
    with processes.watching() as watch:
        status, output = _run(
            "Installing the locked packages", "install", INSTALL_SECONDS, project, console, watch
        )
        if status != 0:
            raise NotVerified(f"make install failed: {_reason(output)}")
        # Don't count templates of an earlier synth in the same folder.
        shutil.rmtree(project / "cdk.out", ignore_errors=True)
        try:
            status, output = _run(
                "Synthesizing every environment", "synth", SYNTH_SECONDS, project, console, watch
            )
        except (NotVerified, processes.Stopped):
            # An incomplete assembly would be mistaken for a complete one.
            shutil.rmtree(project / "cdk.out", ignore_errors=True)
            raise
    if status != 0:
        raise DoesNotSynthesize(
            "\n".join(output.splitlines()[-40:]) or "make synth printed nothing"
        )
    stacks = synthesized(project / "cdk.out")
    names = environment_names(answers["environments"])
    missing = [name for name in names if not stacks.get(f"{answers['project_slug']}-{name}")]
    if missing:
        raise DoesNotSynthesize(f"make synth wrote no resources for {', '.join(missing)}")
    return stacks


def synthesized(assembly: Path) -> dict[str, int]:
    """Return the number of resources of each stack in a cloud assembly."""
    manifest = assembly / "manifest.json"
    if not manifest.is_file():
        return {}
    stacks = {}
    for name, artifact in json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].items():
        if artifact["type"] == "aws:cloudformation:stack":
            template = assembly / artifact["properties"]["templateFile"]
            stacks[name] = len(json.loads(template.read_text(encoding="utf-8"))["Resources"])
    return stacks


def notes(answers: Mapping[str, Any]) -> list[str]:
    """Return the remaining tasks for these answers."""
    found = []
    if not answers["alarm_email"]:
        found.append("no one is subscribed to the alarms yet; set alarm_email in infra/settings.py")
    if answers["network"] == "existing":
        found.append(
            "the ids of the VPC are placeholders; set network of each environment in"
            " infra/settings.py"
        )
    productive = any(is_production(name) for name in environment_names(answers["environments"]))
    if answers["audit_trail"] and not productive:
        found.append(
            "without a production environment there is no audit trail; set production=True for one"
            " in infra/settings.py"
        )
    return found


def next_commands(project: Path, answers: Mapping[str, Any]) -> list[str]:
    """Return the commands to type next."""
    first = environment_names(answers["environments"])[0]
    inside = any((folder / ".git").exists() for folder in project.parents)
    return [
        _in_folder(project),
        # Pipelines are read at the root of a repository.
        *(["make pipelines"] if inside and answers["ci"] != "none" else []),
        "make check",
        f"make deploy ENV={first}",
    ]


class Console:
    """Lines on standard output; colour and a running clock on a terminal only."""

    # A constant (RUF012).
    COLOURS = {"bold": "1", "green": "32", "yellow": "33"}  # noqa: RUF012

    def __init__(self) -> None:
        self._stream = sys.stdout
        self.live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._coloured = self.live and not os.environ.get("NO_COLOR") and os.name != "nt"
        if hasattr(self._stream, "reconfigure"):
            # Don't fail if the terminal can't show a character of a path.
            self._stream.reconfigure(errors="replace")

    def line(self, colour: str | None, text: str) -> None:
        """Print a line in place of the running clock."""
        if colour is not None and self._coloured:
            text = f"\x1b[{self.COLOURS[colour]}m{text}\x1b[0m"
        print(f"{self._erase()}{text}", flush=True, file=self._stream)

    def tick(self, text: str) -> None:
        """Show the progress of a step, in place, on a terminal."""
        if self.live:
            print(f"{self._erase()}{text}", end="", flush=True, file=self._stream)

    def flush(self) -> None:
        """Erase the running clock, so that others can print."""
        print(self._erase(), end="", flush=True, file=self._stream)

    def _erase(self) -> str:
        return "\r\x1b[K" if self.live else ""


def _run(
    label: str, target: str, limit: float, project: Path, console: Console, watch: processes.Watch
) -> tuple[int, str]:
    """Run one of the project's commands; return its exit code and its output.

    Raises:
        NotVerified: it can't be run, or exceeded the limit in seconds.
        processes.Stopped: a signal arrived, or cookiecutter has ended.
    """
    started = time.monotonic()
    if not console.live:
        console.line(None, f"{label} (make {target})")
    try:
        with tempfile.TemporaryFile() as output:
            status = processes.run(
                ["make", target],
                folder=project,
                environment=_environment(),
                output=output,
                limit=limit,
                watch=watch,
                tick=lambda elapsed: console.tick(f"{label} (make {target}) {elapsed:.0f} s"),
            )
            output.seek(0)
            text = output.read().decode("utf-8", errors="replace")
    except OSError as error:  # such as a full disk
        raise NotVerified(f"make {target} can't be run: {error.strerror or error}") from None
    if status is None:
        raise NotVerified(f"make {target} took longer than {limit:.0f} seconds")
    if status == 0:
        console.line(None, f"{label} took {time.monotonic() - started:.0f} s")
    return status, text


def _environment() -> dict[str, str]:
    """Return this process's environment without the variables of cookiecutter's environment."""
    environment = foreign.without(os.environ)
    if sys.prefix != sys.base_prefix:
        own = Path(sys.prefix).resolve()
        folders = environment.get("PATH", os.defpath).split(os.pathsep)
        environment["PATH"] = os.pathsep.join(f for f in folders if Path(f).resolve().parent != own)
    # cookiecutter's Python exists and is new enough; the first python3 on the PATH may not be.
    python = getattr(sys, "_base_executable", sys.executable)
    if sys.version_info >= OLDEST_PYTHON and python and " " not in python:
        environment.setdefault("PYTHON", python)
    return environment


def _reason(output: str) -> str:
    """Return the line of a command's output with the most likely cause of its failure."""
    lines = [line.strip() for line in output.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("make:", "make["))]
    for cause in CAUSES:
        for line in reversed(lines):
            if found := cause.search(line):
                # pip writes the cause after a hundred characters of prefix.
                start = found.start() if len(line) > REASON_LENGTH else 0
                return line[start : start + REASON_LENGTH]
    return (lines or ["it printed nothing"])[-1][:REASON_LENGTH]


def _in_folder(project: Path) -> str:
    return f"cd {shlex.quote(str(project))}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
