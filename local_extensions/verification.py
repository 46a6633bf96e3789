"""Verifies a rendered project with its own commands, and prints the result."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_extensions import foreign, processes, rendered
from local_extensions.literals import environment_names
from local_extensions.screen import Console, aligned, in_folder, next_commands, notes

INSTALL_SECONDS = 1200
PARENT_SECONDS = 0.8  # cookiecutter ends within half a second of the same signal
SYNTH_SECONDS = 600
SUMMARY_SECONDS = 30
OLDEST_PYTHON = (3, 11)
# Pipelines set it to "required": then a project that is not verified is an error.
REQUIREMENT = "TAP_VERIFY"
REASON_LENGTH = 200
# Causes of failed installations, the most specific first, and what to do. The last line of an
# installer names a missing distribution even if the network or the disk is the cause.
_CHECK_INDEX = (
    "check the network, HTTPS_PROXY and the package indexes: PIP_INDEX_URL, UV_DEFAULT_INDEX and"
    " NPM_CONFIG_REGISTRY, or pip.conf, uv.toml and .npmrc"
)
CAUSES = [
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        (r"no space left|disk quota|read-only file system", "free space on this disk"),
        (r"permission denied", "check the owner of this folder and of the package caches"),
        (
            r"certificate verify failed|invalid peer certificate|self-signed certificate",
            "set SSL_CERT_FILE, PIP_CERT and NODE_EXTRA_CA_CERTS to the certificates of your proxy",
        ),
        (
            r"failed to establish|connection refused|dns error|resolve host|name resolution|"
            r"getaddrinfo|network is unreachable|proxyerror|tunnel connection|timed out|"
            r"econnrefused|enotfound",
            _CHECK_INDEX,
        ),
        (
            r"http (error|status).*\b[45]\d\d\b|\b[45]\d\d (client|server) error|unauthorized",
            _CHECK_INDEX,
        ),
        (r"\berror\b|not found|no such file", ""),
    )
]
# Parts of an installation, and the stamp that is written when each is complete.
PARTS = {
    ".venv": ".venv/.synth",
    "node_modules": "node_modules/.package-lock.json",
    "build/dependencies": "build/.dependencies",
}


class NotVerified(Exception):
    """The environment can't be installed; the project may be correct.

    Args:
        why: the reason, in one line.
        remedy: what to do before the next attempt; empty if that is unknown.
    """

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


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
    """Verify the project if requested, print the result and what follows; return the exit code."""
    console = Console()
    name = project.name
    console.line(None, f"{name} is rendered into {project}")
    parent = os.getppid()
    try:
        if not answers["verify"]:
            raise NotVerified("verify is false")
        stacks = verify(project, answers, console)
    except NotVerified as why:
        _remove_incomplete(project)
        if is_required():
            return _failed(console, f"{name} is not verified, and {REQUIREMENT}=required: {why}")
        console.line("yellow", f"{name} is not verified: {why}")
        if why.remedy:
            console.line(None, f"First {why.remedy}.")
        console.line(None, f"To verify it later: {in_folder(project)} && make synth")
    except DoesNotSynthesize as failure:
        return _failed(console, f"{failure}\n{name} does not synthesize")
    except processes.Stopped as why:
        with contextlib.suppress(OSError):  # the terminal may be gone
            _say_stopped(project, console, f"{name} is not verified: {why}", parent)
        return why.exit_code
    else:
        console.section("bold", "Built, and not deployed yet", _summary(project))
        console.section("green", f"{name} is verified", _verified(stacks))
    console.section("yellow", "Open", [*notes(answers), *rendered.notes(project, answers)])
    console.section("bold", "Next", aligned(next_commands(project, answers)))
    return 0


def _verified(stacks: Mapping[str, int]) -> list[str]:
    """Return what was verified."""
    resources = ", ".join(f"{stack} ({count} resources)" for stack, count in stacks.items())
    return [
        "The locked packages are installed, each checked by its hash.",
        f"Synthesized without findings of the guardrails and cdk-nag: {resources}.",
    ]


def _summary(project: Path) -> list[str]:
    """Return the project's table of what it built; nothing if it can't be run."""
    python = project / ".venv" / "bin" / "python"
    command = [str(python), "-B", "-m", "tap_project.summary"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        shown = subprocess.run(
            command,
            cwd=project,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=SUMMARY_SECONDS,
        )
        return shown.stdout.splitlines()
    return []


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
    if os.getppid() == parent:
        again = "run the same command again, because cookiecutter removes the project"
        console.line(None, f"To verify it later: {again}")
        return
    console.line(None, f"{project} is complete; its packages are not.")
    console.line(None, f"To verify it later: {in_folder(project)} && make synth")
    _remove_incomplete(project)


def _remove_incomplete(project: Path) -> None:
    """Remove what an interrupted or failed installation has left."""
    for part, stamp in PARTS.items():
        if not (project / stamp).exists():
            shutil.rmtree(project / part, ignore_errors=True)
    with contextlib.suppress(OSError):  # it has other content, or does not exist
        (project / "build").rmdir()


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
            reason, remedy = _reason(output)
            raise NotVerified(f"make install failed: {reason}", remedy)
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
        console.line(None, f"{label} (make {target}) took {time.monotonic() - started:.0f} s")
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


def _reason(output: str) -> tuple[str, str]:
    """Return the line of a command's output with the most likely cause, and what to do."""
    lines = [line.strip() for line in output.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("make:", "make["))]
    for cause, remedy in CAUSES:
        for line in reversed(lines):
            if found := cause.search(line):
                # pip writes the cause after a hundred characters of prefix.
                start = found.start() if len(line) > REASON_LENGTH else 0
                return line[start : start + REASON_LENGTH], remedy
    return (lines or ["it printed nothing"])[-1][:REASON_LENGTH], ""
